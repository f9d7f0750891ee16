import { capabilityNames, capabilityText } from "../../trace/capabilities.js";
import type { TraceHeader } from "../../trace/header.js";
import { modelledField } from "../../trace/modelled.js";
import { hostText } from "../inspect.js";
import { unseenText } from "../unseen.js";
import { plural, whole } from "./charts/names.js";
import type { TraceSource } from "./report-data.js";

/** Where a trace comes from and what it saw, in words. */
export function traceSource(name: string, header: TraceHeader): TraceSource {
  const { source, clock, capabilities, anomalies, vcpus, pcpus, tool, events } = header;
  const yesNo = (value: string | boolean): string =>
    value === true ? "yes" : value === false ? "no" : value;
  const unseen = unseenText(capabilities);
  const lacks = capabilityNames.filter((key) => [false, "none"].includes(capabilities[key]));
  return {
    trace: name,
    about: [
      ["trace made by", tool],
      ["from", `${source.name} (${source.format}, ${source.dialect})`],
      ["recording", `${plural(source.lines, "line")}, ${whole(source.bytes)} bytes`],
      ["host", hostText(header)],
      ["clock", `${clock.unit}${clock.perCpu ? ", of each pCPU by itself" : ""}`],
      ["events", `${whole(events)} of ${plural(vcpus.length, "vCPU")} on ${plural(pcpus.length, "pCPU")}`],
      ...capabilityNames.map((key) => [capabilityText[key], yesNo(capabilities[key])] as const),
      ...Object.entries(anomalies).map(([what, count]) => ["odd", `${whole(count)} x ${what}`] as const),
    ],
    unseen: unseen.length > 0 ? unseen : lacks.map((key) => capabilityText[key]),
    ...modelledField(header),
  };
}
