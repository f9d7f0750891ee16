/** A small recording of every kind that is read, in every form that it comes in. */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { recording } from "../../cli/program.js";
import { execlog } from "../execlog/rewrite.js";
import { rawFrame } from "../input/helpers.js";
import { encodeDat } from "../kernel/dat/encoder.js";
import { everything, shapeName, shapes } from "../kernel/dat/samples.js";
import { cut, cutNames } from "../kernel/scanned.js";
import { fixture } from "../tarmac/scanned.js";
import type { Sample } from "./mutate.js";

const lines = (text: string, count: number): Uint8Array =>
  Buffer.from(text.split("\n").slice(0, count).join("\n").concat("\n"), "latin1");

const text = (name: string, bytes: Uint8Array): Sample => ({ name, bytes, text: true });
const binary = (name: string, bytes: Uint8Array): Sample => ({ name, bytes, text: false });

const dialects = join(import.meta.dirname, "../samples");

export const samples: readonly Sample[] = [
  ...readdirSync(dialects)
    .filter((name) => /\.(?:tarmac|execlog)$/.test(name))
    .map((name) => text(name, readFileSync(join(dialects, name)))),
  ...(["vhe", "nvhe", "chatty"] as const).flatMap((name) => [
    text(`${name}.tarmac`, lines(fixture(name), 400)),
    text(`${name}.execlog`, lines(execlog(fixture(name)), 400)),
  ]),
  text(
    "bare-boot.tarmac",
    lines(gunzipSync(readFileSync(recording("bare/bare-boot.tarmac.gz"))).toString("latin1"), 300),
  ),
  ...cutNames.map((name) => text(name, lines(cut(name), 200))),
  binary("tarmac.gz", gzipSync(lines(fixture("vhe"), 200))),
  binary("ftrace.gz", gzipSync(lines(cut(cutNames[0]), 100))),
  binary("ftrace.zst", rawFrame(lines(cut(cutNames[0]), 100))),
  ...shapes
    .filter(({ long }) => long === 8)
    .map((shape) => binary(`trace.dat ${shapeName(shape)}`, encodeDat(shape, everything(shape)))),
];
