import { existsSync } from "node:fs";

/** The folder of package.json, which is nearer to a module of the bundle than to one that stands alone. */
function findRoot(): URL {
  let folder = new URL("./", import.meta.url);
  while (!existsSync(new URL("package.json", folder))) {
    const above = new URL("../", folder);
    if (above.href === folder.href) throw new Error("trapline's package.json is missing");
    folder = above;
  }
  return folder;
}

/** Ends with a slash. What is no code is read from below it: the version, the prices. */
export const packageRoot = findRoot();
