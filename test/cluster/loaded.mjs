// Named to Node with --import: writes the address of every module that a program imports to the file LOADED_LIST.
import { register } from "node:module";

const list = JSON.stringify(process.env["LOADED_LIST"]);
const hooks = `
  import { appendFileSync } from "node:fs";
  export async function load(url, context, next) {
    appendFileSync(${list}, url + "\\n");
    return next(url, context);
  }`;
register(`data:text/javascript,${encodeURIComponent(hooks)}`);
