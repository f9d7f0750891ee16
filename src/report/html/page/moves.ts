/** What changes a view. */
interface Moves {
  /** Below 1 in, above 1 out; about a time, or the middle. */
  readonly zoom: (factor: number, at?: number) => void;
  /** By a share of what is seen. */
  readonly pan: (share: number) => void;
  readonly whole: () => void;
  readonly step: (direction: 1 | -1) => void;
}

const zoomStep = 1.6;

function addButtons(tools: HTMLElement, moves: Moves): void {
  const buttons: readonly (readonly [text: string, label: string, act: () => void])[] = [
    ["−", "Zoom out", () => moves.zoom(zoomStep)],
    ["+", "Zoom in", () => moves.zoom(1 / zoomStep)],
    ["◀", "Earlier", () => moves.pan(-0.25)],
    ["▶", "Later", () => moves.pan(0.25)],
    ["|◀", "Window before", () => moves.step(-1)],
    ["▶|", "Next window", () => moves.step(1)],
    ["whole", "Whole run", () => moves.whole()],
  ];
  for (const [text, label, act] of buttons) {
    const button = addElement(tools, "button");
    button.setAttribute("type", "button");
    button.setAttribute("aria-label", label);
    button.title = label;
    button.textContent = text;
    button.addEventListener("click", act);
  }
}

/** Keys on the picture, the wheel over it once it is in focus (or with Ctrl, as a pinch is), and dragging. */
function listenTo(canvas: HTMLElement, plotter: Plotter, moves: Moves, select: (span: Span) => void): void {
  const keys: Readonly<Record<string, () => void>> = {
    ArrowLeft: () => moves.pan(-0.25),
    ArrowRight: () => moves.pan(0.25),
    "+": () => moves.zoom(1 / zoomStep),
    "=": () => moves.zoom(1 / zoomStep),
    ArrowUp: () => moves.zoom(1 / zoomStep),
    "-": () => moves.zoom(zoomStep),
    ArrowDown: () => moves.zoom(zoomStep),
    "0": () => moves.whole(),
    Home: () => moves.whole(),
    n: () => moves.step(1),
    p: () => moves.step(-1),
  };
  canvas.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !Object.hasOwn(keys, event.key)) return;
    event.preventDefault();
    keys[event.key]();
  });
  plotter.over.addEventListener("mousedown", () => canvas.focus());
  plotter.over.addEventListener(
    "wheel",
    (event) => {
      if (!event.ctrlKey && document.activeElement !== canvas) return;
      event.preventDefault();
      const at = plotter.posToVal(event.offsetX, "x");
      const size = event.deltaMode === 0 ? event.deltaY : 40 * event.deltaY;
      moves.zoom(Math.exp(Math.max(-240, Math.min(240, size)) / 400), at);
    },
    { passive: false },
  );
  plotter.over.addEventListener("dblclick", () => moves.whole());
  plotter.hooks.setSelect = [
    ({ select: { left, width } }) => {
      if (width > 3) select({ from: plotter.posToVal(left, "x"), to: plotter.posToVal(left + width, "x") });
      plotter.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
    },
  ];
}

/** Told when the colours change: the reader's scheme, or paper, which is light. */
function onScheme(changed: () => void): void {
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", changed);
  addEventListener("beforeprint", () => {
    document.documentElement.dataset["scheme"] = "light";
    changed();
  });
  addEventListener("afterprint", () => {
    delete document.documentElement.dataset["scheme"];
    changed();
  });
}
