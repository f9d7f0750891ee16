import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import {
  firstLines,
  importInto,
  outputOf,
  recording,
  refusal,
  temporaryFolder,
  trapline,
} from "../../cli/program.js";

const folder = temporaryFolder();
const cut = join(folder, "cut.tarmac");
const patched = join(folder, "patched.trl");
const at = (name: string): string => join(folder, name);
const quick = ["--samples", "100", "--resamples", "0"];

beforeAll(async () => {
  writeFileSync(cut, await firstLines("kvm-nvhe.tarmac.zst", 10_000));
  const lines = join(folder, "patched.tarmac");
  writeFileSync(lines, await firstLines("chatty-vhe.tarmac.zst", 40_000));
  importInto(patched, lines);
}, 60_000);

describe("trapline report", () => {
  it("gives the same bytes for the same input, whatever the number of threads", () => {
    outputOf(["report", cut, "-o", at("a.html"), "--resamples", "50"]);
    const second = outputOf(["report", cut, "--resamples", "50", "--threads", "1"]);
    expect(readFileSync(at("a.html"), "utf8")).toBe(second);
  });

  it("makes a page of results, and says what these do not hold", () => {
    outputOf(["verdict", cut, "--json", "-o", at("verdict.json"), "--resamples", "50"]);
    outputOf(["replay", cut, "--json", "-o", at("replay.json")]);
    outputOf(["validate", cut, "--json", "-o", at("validate.json")]);
    outputOf(["inspect", cut, "--json", "-o", at("inspect.json")]);
    const names = ["verdict", "replay", "validate", "inspect"].map((name) => at(`${name}.json`));
    const all = outputOf(["report", ...names]);
    for (const id of ["verdict", "cost", "break-even", "registers", "validation", "exits", "provenance"]) {
      expect(all).toContain(`<h2 id="${id}">`);
    }
    expect(all).toContain("Timeline: it is made of a trace&#39;s events".replace("&#39;", "'"));
    const counts = outputOf(["report", at("replay.json")]);
    expect(counts).toContain('<h2 id="verdict">Counts</h2>');
    expect(counts).not.toContain('<h2 id="cost">');
    // The same figures, from the trace and from its result.
    const table = (html: string): string | undefined =>
      /<table data-table="cost">.*?<\/table>/s.exec(html)?.[0];
    expect(table(all)).toBe(table(outputOf(["report", cut, "--nesting", "none", "--resamples", "50"])));
  });

  it("says of a kernel's own tracing what it can show, and why no policy is answered", () => {
    const html = outputOf(["report", recording("kernel/kvm-vhe.trace.txt.gz")]);
    expect(html).toContain('<h2 id="verdict">No verdict</h2>');
    expect(html).toContain("the trace does not show which registers its hypervisor switched");
    expect(html).toContain('<h2 id="exits">');
    expect(html).toContain("Not observed: register accesses of the guest that did not trap");
  });

  it("compares a patched kernel with its own policy, as validate does", () => {
    const own = recording("chatty-vhe.policy.yaml");
    const said = trapline(["validate", patched, "--policy", own]).stdout.split("\n")[1];
    // The cut ends inside a run: that a restore has no run's end is no fault of the model.
    const [, rows] = /in (\d+ of \d+ rows)/.exec(said) ?? [];
    expect(rows).toBeDefined();
    const html = outputOf(["report", patched, "--recorded", own, ...quick]);
    expect(html).toContain(`under chatty the model differs from the recorded kernel in ${rows}`);
  });

  it("takes names from files for words, never for tags", () => {
    const name = at('<img src=x onerror="alert(1)">.json');
    const replay = readFileSync(at("replay.json"), "utf8").replaceAll(
      cut,
      "</script><script>alert(2)</script>",
    );
    writeFileSync(name, replay);
    const html = outputOf(["report", name]);
    expect(html).not.toContain("<img");
    expect(html).not.toContain("<script>alert");
    expect(html).toContain("&lt;img src=x onerror=");
  });

  it("refuses what is no result, and a diff of anything but two", () => {
    writeFileSync(at("list.json"), "[]");
    writeFileSync(at("broken.json"), "{");
    writeFileSync(at("odd.json"), '{"schema":"trapline.verdict/1","rows":[{}]}');
    expect(trapline(["report", at("list.json")])).toEqual(refusal(1, /is no result that a report can show/));
    expect(trapline(["report", at("broken.json")])).toEqual(refusal(1, /is not JSON/));
    expect(trapline(["report", at("odd.json")])).toEqual(refusal(1, /is not as a result is written/));
    expect(trapline(["report", "--diff", at("replay.json")])).toEqual(refusal(2, /--diff takes two results/));
    expect(trapline(["report"])).toEqual(refusal(2, /no trace is given/));
    expect(trapline(["report", cut, "-o", cut])).toEqual(refusal(1, /./));
  });
});

describe.skipIf(process.env["TRAPLINE_LONG"] === undefined)("the report of the committed recordings", () => {
  it("is under two megabytes, with every window in it", () => {
    outputOf(["report", recording("."), "-o", at("all.html")]);
    const html = readFileSync(at("all.html"), "utf8");
    expect(Buffer.byteLength(html)).toBeLessThan(2e6);
    const packed = /<script type="application\/json" id="timelines">(.*?)<\/script>/s.exec(html)?.[1] ?? "";
    expect([...packed.matchAll(/"windows":(\d+)/g)].map(([, count]) => Number(count)).length).toBe(6);
  });
});
