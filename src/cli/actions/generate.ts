import { TraplineError } from "../../errors.js";
import { checkUrl } from "../../replay/inputs.js";
import { changedModel, type Changes, type Setting } from "../../generate/change.js";
import { generateTrace } from "../../generate/generate.js";
import type { GuestModel, Size } from "../../generate/model.js";
import { guestProfile, guestProfiles } from "../../generate/registry.js";
import { generateResult, generateText, profilesText, profileText } from "../../report/generate.js";
import { tool } from "../../version.js";
import { commas, workOf } from "../args.js";
import { checkOutput, emit, emitJson } from "../output.js";
import { openTraces } from "../open.js";
import { createProgress } from "../progress.js";
import type { Session } from "../session.js";

export interface GenerateArgs {
  readonly profile: string | undefined;
  readonly output: string | undefined;
  readonly like: string | undefined;
  readonly list: boolean;
  readonly windows: number | undefined;
  readonly events: number | undefined;
  readonly seed: number;
  readonly vcpus: number | undefined;
  readonly pcpus: number | undefined;
  readonly migration: number | undefined;
  readonly rate: readonly string[];
  readonly burst: readonly string[];
  readonly runs: number | undefined;
  readonly guestTime: string | undefined;
  readonly fresh: number | undefined;
  readonly mode: "vhe" | "nvhe" | undefined;
  readonly kernel: string | undefined;
  readonly features: string | undefined;
  readonly json: boolean;
  readonly threads: number | undefined;
  readonly progress: boolean;
}

export async function generate(session: Session, args: GenerateArgs): Promise<void> {
  if (args.list) {
    list(args);
    return;
  }
  const output = outputOf(args);
  checkOutput(output, args.like === undefined ? [] : [args.like]);
  const size = sizeOf(args);
  const found = await modelOf(session, args);
  const model = changedModel(found.model, changesOf(args, found.model));
  const bar = createProgress(`generating ${output}`, args.progress);
  const total = size.windows ?? size.events;
  const written = session.scratch.beside(output);
  try {
    const header = await generateTrace(written, model, {
      seed: args.seed,
      size,
      signal: session.signal,
      onProgress: ({ windows, events }) => {
        if (total !== undefined) bar.update(size.windows === undefined ? events : windows, total);
      },
    });
    bar.end();
    const { fitError } = await import("../../generate/fit-error.js");
    const { threads } = workOf({ ...args, onError: "fail" });
    const fit =
      found.recording === undefined
        ? null
        : await fitError(found.recording, written, { threads, signal: session.signal });
    session.scratch.keep(written, output);
    const result = generateResult(header, { tool, path: output, seed: args.seed, fit });
    if (args.json) emitJson(result);
    else emit(generateText(result));
  } finally {
    bar.end();
  }
}

function list({ profile, json }: GenerateArgs): void {
  const profiles = profile === undefined ? guestProfiles : [guestProfile(profile)];
  if (json) emitJson({ schema: "trapline.generate-profiles/1", profiles });
  else emit(profile === undefined ? profilesText(profiles) : profiles.map(profileText).join("\n"));
}

function outputOf({ output }: GenerateArgs): string {
  if (output !== undefined && output !== "-") return output;
  throw new TraplineError("usage", "generate needs -o FILE: a trace is not printed");
}

function sizeOf({ windows, events }: GenerateArgs): Size {
  if (windows !== undefined && events !== undefined) {
    throw new TraplineError("usage", "--windows and --events do not go together");
  }
  for (const [name, value] of [
    ["--windows", windows],
    ["--events", events],
  ] as const) {
    if (value !== undefined && !(Number.isSafeInteger(value) && value >= 1)) {
      throw new TraplineError("usage", `${name} takes a whole number from 1`);
    }
  }
  return { ...(windows === undefined ? {} : { windows }), ...(events === undefined ? {} : { events }) };
}

interface Found {
  readonly model: GuestModel;
  /** The trace that it was fitted to. */
  readonly recording?: string;
}

async function modelOf(session: Session, args: GenerateArgs): Promise<Found> {
  const { profile, like, mode, kernel, features } = args;
  if (like === undefined) {
    if (profile === undefined) {
      throw new TraplineError(
        "usage",
        "name a profile, or --like TRACE",
        {},
        "`trapline generate --list` shows the profiles",
      );
    }
    const { profileModel } = await import("../../generate/of-profile.js");
    const host = {
      mode: mode ?? "vhe",
      kernel: kernel ?? "6.18",
      features: commas([features ?? "TCR2,S1PIE,RAS"]),
    };
    return { model: profileModel(guestProfile(profile), host) };
  }
  if (profile !== undefined) throw new TraplineError("usage", "a profile and --like do not go together");
  const [given] = [
    ["--mode", mode],
    ["--kernel", kernel],
    ["--features", features],
  ].flatMap(([name, value]) => (value === undefined ? [] : [name]));
  if (given !== undefined) {
    throw new TraplineError("usage", `${given} is for a profile: with --like it is the recording's`);
  }
  const [file] = await openTraces(session, [checkUrl(like, false)], workOf({ ...args, onError: "fail" }));
  const { fitGuest } = await import("../../generate/fit.js");
  return { model: fitGuest(file.path, like.replace(/^.*[/\\]/, "")), recording: file.path };
}

function changesOf(args: GenerateArgs, { clock }: GuestModel): Changes {
  const { vcpus, pcpus, migration, runs, fresh, guestTime } = args;
  for (const [name, value] of [
    ["--vcpus", vcpus],
    ["--pcpus", pcpus],
  ] as const) {
    if (value !== undefined && !Number.isInteger(value)) {
      throw new TraplineError("usage", `${name} takes a whole number`);
    }
  }
  return {
    ...(vcpus === undefined ? {} : { vcpus }),
    ...(pcpus === undefined ? {} : { pcpus }),
    ...(migration === undefined ? {} : { migration }),
    ...(runs === undefined ? {} : { runs }),
    ...(fresh === undefined ? {} : { fresh }),
    ...(guestTime === undefined ? {} : { guestTime: unitsOf(guestTime, clock.unit) }),
    rates: args.rate.map((text) => settingOf(text, "--rate", "SHARE")),
    bursts: args.burst.map((text) => settingOf(text, "--burst", "WINDOWS")),
  };
}

function settingOf(text: string, option: string, what: string): Setting {
  const match = /^(.+)=(\d*\.?\d+(?:e-?\d+)?)$/i.exec(text);
  if (match !== null) return { name: match[1], value: Number(match[2]) };
  throw new TraplineError("usage", `${option} takes NAME=${what}, not "${text}"`);
}

const perSecond: Readonly<Record<string, number>> = { ps: 1e12, ns: 1e9, us: 1e6, ms: 1e3, s: 1 };

/** Clock units of `50us`, or of a plain number. */
function unitsOf(text: string, unit: string): number {
  const [, digits, suffix] = /^(\d+(?:\.\d+)?(?:e\d+)?)(ps|ns|us|ms|s)?$/i.exec(text) ?? [];
  if (digits === undefined) {
    throw new TraplineError("usage", `--guest-time takes clock units or a time such as 50us, not "${text}"`);
  }
  if (suffix === undefined) return Number(digits);
  const units = perSecond[unit];
  if (units === undefined) {
    throw new TraplineError("usage", `--guest-time ${text}: the recording's clock counts ${unit}`);
  }
  return (Number(digits) * units) / perSecond[suffix];
}
