import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openTrace } from "#src/trace/reader.js";
import { recording, temporaryFolder, trapline } from "./program.js";

const folder = temporaryFolder();
const bare = recording("bare/bare-boot.tarmac.gz");

describe("export", () => {
  it("prints every event of a recording, or of the trace made of it", () => {
    const trace = join(folder, "bare.trl");
    expect(trapline(["import", bare, "-o", trace]).status).toBe(0);
    const [fromText, fromTrace] = [bare, trace].map((file) => trapline(["export", file, "--format", "csv"]));
    expect(fromText.status).toBe(0);
    expect(fromTrace).toEqual(fromText);
    const opened = openTrace(trace);
    opened.close();
    const { events } = opened.header;
    expect(fromTrace.stdout.split("\n").length).toBe(events + 2);
  });

  it("writes the same to a file as to standard output, whole or not at all", () => {
    const output = join(folder, "bare.jsonl");
    expect(trapline(["export", bare, "-o", output])).toEqual({ status: 0, stdout: "", stderr: "" });
    expect(readFileSync(output, "utf8")).toBe(trapline(["export", bare]).stdout);
    expect(readdirSync(folder).filter((name) => name.endsWith(".part"))).toEqual([]);
  });

  it("refuses several traces, and a form that there is not", () => {
    const two = trapline(["export", bare, recording("kvm-vhe.tarmac.zst")]);
    expect([two.status, two.stdout]).toEqual([2, ""]);
    expect(two.stderr).toMatch(/one file back at a time/);
    const other = trapline(["export", bare, "--format", "xml"]);
    expect([other.status, other.stdout]).toEqual([2, ""]);
    expect(other.stderr).toMatch(/format/);
  });
});
