/** A vCPU's timeline with its view, which buttons, keys, the wheel and dragging change. */
interface Shown {
  readonly whole: Span;
  readonly span: () => Span;
  readonly set: (span: Span) => void;
}

/** The narrowest view, in clock units. */
const leastSpan = 8;

/** Windows of a trace as pictures; those of a trace with one time for all vCPUs move together. */
function createTimelines(target: HTMLElement, timeline: Packed): void {
  const shown: Shown[] = [];
  const lanes = lanesOf(timeline.columns);
  const all = timeline.vcpus.filter(({ windows }) => windows > 0);
  const end = (vcpu: PackedCpu): number => vcpu.levels[0].blocks.at(-1)?.end ?? 1;
  for (const vcpu of all) {
    const to = timeline.ownTime ? end(vcpu) : Math.max(...all.map(end));
    const follow = (span: Span): void => {
      for (const each of timeline.ownTime ? [own] : shown) each.set(span);
    };
    const own = createTimeline(target, timeline, vcpu, lanes, { from: 0, to: Math.max(1, to) }, follow);
    shown.push(own);
  }
}

function createTimeline(
  target: HTMLElement,
  { columns, unit, trace }: Packed,
  vcpu: PackedCpu,
  lanes: readonly Lane[],
  whole: Span,
  follow: (span: Span) => void,
): Shown {
  const frame = addElement(target, "div", "vcpu");
  const heading = addElement(frame, "h4");
  heading.textContent = vcpu.name;
  const tools = addElement(frame, "div", "tools");
  tools.setAttribute("role", "toolbar");
  tools.setAttribute("aria-label", `View of ${vcpu.name}`);
  const canvas = addElement(frame, "div", "canvas");
  canvas.tabIndex = 0;
  canvas.setAttribute("role", "group");
  canvas.setAttribute("aria-roledescription", "timeline");
  canvas.setAttribute("aria-label", `Timeline of ${vcpu.name} of ${trace}`);
  canvas.setAttribute("aria-describedby", "timeline-keys");
  const readout = createReadout(frame, lanes, vcpu, whole, unit);
  const levels = createLevels(vcpu, columns.length);
  const plot = createLanePlot(canvas, lanes, unit);
  let span = whole;
  let view = viewOf(levels, columns.length, span, 1);
  let isAsked = false;
  let width = canvas.clientWidth;
  const tell = seldom(() => readout.view(view, span));

  function draw(): void {
    isAsked = false;
    view = viewOf(levels, columns.length, span, Math.max(80, Math.min(480, Math.floor(width / 2))));
    plot.show(view, span);
    tell();
  }
  /** At most once a frame, however many events come. */
  function ask(): void {
    if (isAsked) return;
    isAsked = true;
    requestAnimationFrame(draw);
  }
  const clamp = ({ from, to }: Span): Span => {
    const size = Math.min(whole.to - whole.from, Math.max(leastSpan, to - from));
    const start = Math.min(whole.to - size, Math.max(whole.from, from));
    return { from: start, to: start + size };
  };
  const moves: Moves = {
    zoom(factor, at = (span.from + span.to) / 2) {
      follow(clamp({ from: at - (at - span.from) * factor, to: at + (span.to - at) * factor }));
    },
    pan(share) {
      const by = share * (span.to - span.from);
      follow(clamp({ from: span.from + by, to: span.to + by }));
    },
    whole: () => follow(whole),
    step: (direction) => stepWindow(direction),
  };

  /** Shows the window before or behind the middle of the view, three times as wide as itself. */
  function stepWindow(direction: 1 | -1): void {
    const middle = (span.from + span.to) / 2;
    let found: Span | undefined;
    const half: Span = direction > 0 ? { from: middle, to: whole.to } : { from: whole.from, to: middle };
    levels.each(0, nearest(levels, half, direction, whole), (rows, row) => {
      const center = (rows.starts[row] + rows.ends[row]) / 2;
      const isBeyond = direction > 0 ? center > middle + 0.5 : center < middle - 0.5;
      if (!isBeyond || (direction > 0 && found !== undefined)) return;
      found = { from: rows.starts[row], to: rows.ends[row] };
    });
    if (found === undefined) return;
    const size = Math.max(leastSpan, 3 * (found.to - found.from));
    const center = (found.from + found.to) / 2;
    follow({ from: center - size / 2, to: center + size / 2 });
  }

  addButtons(tools, moves);
  listenTo(canvas, plot.plotter, moves, (picked) => follow(clamp(picked)));
  plot.plotter.over.addEventListener("mousemove", () =>
    readout.at(view, plot.plotter.cursor.idx ?? undefined),
  );
  plot.plotter.over.addEventListener("mouseleave", () => readout.view(view, span));
  new ResizeObserver(() => {
    // Asked for here alone: asking while something changes makes the browser lay out the page.
    if (canvas.clientWidth === width) return;
    width = canvas.clientWidth;
    plot.resize(width);
    ask();
  }).observe(canvas);
  onScheme(() => plot.redraw());
  draw();
  return {
    whole,
    span: () => span,
    set(next) {
      span = next;
      ask();
    },
  };
}

/** A part of a half of the run that has a window in it: a million of them are not gone through for one. */
function nearest(levels: Levels, half: Span, direction: 1 | -1, whole: Span): Span {
  for (let size = (whole.to - whole.from) / 4096; ; size *= 4) {
    const part: Span =
      direction > 0
        ? { from: half.from, to: Math.min(half.to, half.from + size) }
        : { from: Math.max(half.from, half.to - size), to: half.to };
    let windows = 0;
    levels.each(0, part, () => windows++);
    const isAll = part.to - part.from >= half.to - half.from;
    // The one in the middle is in it too.
    if (windows > 2 || isAll) return part;
  }
}

/** Milliseconds between two of what nobody reads faster. */
const seldomTime = 100;

/** Does something now, or where that was just done a little later and once. */
function seldom(work: () => void): () => void {
  let last = -Infinity;
  let isWaiting = false;
  const now = (): void => {
    isWaiting = false;
    last = performance.now();
    work();
  };
  return () => {
    const rest = last + seldomTime - performance.now();
    if (isWaiting) return;
    if (rest <= 0) now();
    else {
      isWaiting = true;
      setTimeout(now, rest);
    }
  };
}

function addElement(parent: Element, name: string, className = ""): HTMLElement {
  const element = document.createElement(name);
  if (className !== "") element.className = className;
  parent.append(element);
  return element;
}
