import { readFileSync } from "node:fs";
import { packageRoot } from "./package-root.js";

const manifest: unknown = JSON.parse(readFileSync(new URL("package.json", packageRoot), "utf8"));

/** The version in package.json. */
export const version: string =
  typeof manifest === "object" && manifest !== null && "version" in manifest
    ? String(manifest.version)
    : "unknown";

/** How a trace and a result name what made them. */
export const tool = `trapline ${version}`;
