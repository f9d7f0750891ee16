/** What a mark of a picture says, beside the pointer or the mark that the keys have come to. */
function createTips(): void {
  const tip = addElement(document.body, "div", "tip");
  tip.setAttribute("role", "status");
  tip.hidden = true;
  const titleOf = (mark: Element): string => mark.querySelector(":scope > title")?.textContent ?? "";

  function show(mark: Element): void {
    const text = mark.getAttribute("data-title") ?? "";
    if (text === "") return;
    tip.textContent = text;
    tip.hidden = false;
    const { left, top, bottom, width } = mark.getBoundingClientRect();
    const own = tip.getBoundingClientRect();
    const x = Math.min(innerWidth - own.width - 8, Math.max(8, left + width / 2 - own.width / 2));
    const y = top > own.height + 12 ? top - own.height - 8 : bottom + 8;
    tip.style.left = `${x + scrollX}px`;
    tip.style.top = `${y + scrollY}px`;
  }
  const hide = (): void => {
    tip.hidden = true;
  };

  for (const picture of document.querySelectorAll<SVGSVGElement>("figure svg")) {
    const marks = [...picture.querySelectorAll("title")].flatMap((title) => {
      const mark = title.parentElement;
      return mark === null || mark === picture.parentElement || titleOf(mark) === "" ? [] : [mark];
    });
    if (marks.length === 0) continue;
    for (const mark of marks) {
      mark.setAttribute("data-title", titleOf(mark));
      // The browser's own would come on top a second later.
      mark.querySelector(":scope > title")?.remove();
      mark.addEventListener("pointerenter", () => show(mark));
      mark.addEventListener("pointerleave", hide);
    }
    picture.setAttribute("tabindex", "0");
    let at = -1;
    picture.addEventListener("keydown", (event) => {
      const step = ["ArrowRight", "ArrowDown"].includes(event.key)
        ? 1
        : ["ArrowLeft", "ArrowUp"].includes(event.key)
          ? -1
          : 0;
      if (event.key === "Escape") hide();
      if (step === 0) return;
      event.preventDefault();
      marks[at]?.classList.remove("current");
      at = (at + step + marks.length) % marks.length;
      marks[at].classList.add("current");
      show(marks[at]);
    });
    picture.addEventListener("blur", () => {
      marks[at]?.classList.remove("current");
      hide();
    });
  }
}
