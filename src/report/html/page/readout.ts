interface Readout {
  view(view: View, span: Span): void;
  /** Of one time of a view. */
  at(view: View, index: number | undefined): void;
}

/** Legend and figures in one: what is in view, or where the pointer is. */
function createReadout(
  frame: HTMLElement,
  lanes: readonly Lane[],
  { windows, name }: PackedCpu,
  whole: Span,
  unit: string,
): Readout {
  const said = addElement(frame, "p", "said");
  said.setAttribute("role", "status");
  said.setAttribute("aria-live", "polite");
  const list = addElement(frame, "dl", "readout");
  const places: { readonly own: number; readonly value: HTMLElement }[] = [];
  for (const { label, series } of lanes) {
    // Stacked areas are listed from the bottom up.
    const listed = label === "exits" ? series.toReversed() : series;
    for (const each of listed) {
      const item = addElement(list, "div");
      const term = addElement(item, "dt");
      const swatch = addElement(term, "span", each.isFilled ? "swatch area" : "swatch line");
      swatch.style.setProperty("--c", `var(--${each.colour})`);
      term.append(each.label === label ? label : `${label} ${each.label}`);
      const value = addElement(item, "dd");
      value.dataset["of"] = each.label === label ? label : `${label} ${each.label}`;
      places.push({ own: each.own, value });
    }
  }
  const show = (loaded: string, counts: (column: number) => number, about: string): void => {
    for (const { own, value } of places) {
      const count = own < 0 ? undefined : counts(own);
      const text = count === undefined ? loaded : `${about}${countText(count)}`;
      if (value.textContent !== text) value.textContent = text;
      if (count !== undefined) value.dataset["value"] = String(count);
    }
  };
  const share = (part: number, all: number): string => `${((100 * part) / Math.max(1, all)).toFixed(1)} %`;
  const spanText = ({ from, to }: Span): string => {
    // As many digits as tell the two ends apart.
    const digits = Math.min(
      15,
      Math.max(4, Math.ceil(Math.log10(Math.max(1, to) / Math.max(1, to - from))) + 3),
    );
    const name_ = unit in picoseconds ? "" : ` ${unit}`;
    return `${timeText(from, unit, digits)} to ${timeText(to, unit, digits)}${name_}`;
  };
  return {
    view(view, span) {
      const { sums, isSingle } = view;
      const isWhole = span.from === whole.from && span.to === whole.to;
      const about = sums.isCut ? "about " : "";
      const part = isWhole ? "whole run" : spanText(span);
      const text = `${name}, ${part}: ${about}${countText(Math.round(sums.windows))} of ${countText(windows)} windows in view${isSingle ? ", each by itself" : ""}.`;
      if (said.textContent !== text) said.textContent = text;
      show(share(sums.loaded, span.to - span.from), (column) => Math.round(sums.counts[column]), about);
    },
    at(view, index) {
      const last = view.times.length - 1;
      if (index === undefined || index >= last) return;
      const span = { from: view.times[index], to: view.times[index + 1] };
      if (view.isSingle && view.loaded[index] === 0) return;
      said.textContent = `${name}, ${view.isSingle ? "window" : "part"} ${spanText(span)}.`;
      show(share(view.loaded[index], 1), (column) => view.counts[column][index], "");
    },
  };
}
