import { attribute, text as escaped } from "../escape.js";

/**
 * As much of a document as it takes to draw on one that is then written out: Observable Plot and D3 make elements, set
 * their attributes and put them in order, and ask nothing back. A browser is not needed for that, and neither is what
 * stands in for one.
 */
export interface Sheet {
  readonly documentElement: Element;
  /** Every `svg` that was made on it, in order. */
  readonly pictures: readonly Element[];
  createElement(name: string): Element;
  createElementNS(namespace: string, name: string): Element;
  createTextNode(data: unknown): Text;
}

export interface Text {
  readonly data: string;
  parentNode: Element | null;
}

/** The members that D3's selections and Plot use, and `markup`, which writes the element. */
export interface Element {
  readonly tagName: string;
  readonly namespaceURI: string;
  readonly ownerDocument: Sheet;
  readonly childNodes: readonly Node[];
  readonly children: readonly Element[];
  readonly firstChild: Node | null;
  readonly nextSibling: Node | null;
  readonly style: { setProperty(name: string, value: unknown): void };
  parentNode: Element | null;
  textContent: string;
  getAttribute(name: string): string | null;
  hasAttribute(name: string): boolean;
  setAttribute(name: string, value: unknown): void;
  setAttributeNS(namespace: string, name: string, value: unknown): void;
  removeAttribute(name: string): void;
  append(...nodes: readonly (Node | string)[]): void;
  appendChild<T extends Node>(node: T): T;
  insertBefore<T extends Node>(node: T, before: Node | null): T;
  removeChild<T extends Node>(node: T): T;
  querySelectorAll(selector: string): readonly Element[];
  markup(): string;
}

type Node = Element | Text;

const isElement = (node: Node): node is Element => "tagName" in node;

const svgNamespace = "http://www.w3.org/2000/svg";
const xhtmlNamespace = "http://www.w3.org/1999/xhtml";

export function createSheet(): Sheet {
  const pictures: Element[] = [];
  const sheet: Sheet = {
    pictures,
    get documentElement() {
      return root;
    },
    createElement: (name) => createElement(sheet, xhtmlNamespace, name),
    createElementNS: (namespace, name) => {
      const element = createElement(sheet, namespace, name);
      if (name === "svg") pictures.push(element);
      return element;
    },
    createTextNode: (data) => ({ data: String(data), parentNode: null }),
  };
  const root = sheet.createElement("html");
  return sheet;
}

function createElement(sheet: Sheet, namespaceURI: string, tagName: string): Element {
  const attributes = new Map<string, string>();
  const styles = new Map<string, string>();
  let children: Node[] = [];

  function detach(node: Node): void {
    node.parentNode?.removeChild(node);
  }

  const element: Element = {
    tagName,
    namespaceURI,
    ownerDocument: sheet,
    parentNode: null,
    style: { setProperty: (name, value) => void styles.set(name, String(value)) },
    get childNodes() {
      return children;
    },
    get children() {
      return children.filter(isElement);
    },
    get firstChild() {
      return children[0] ?? null;
    },
    get nextSibling() {
      const siblings = element.parentNode?.childNodes ?? [];
      return siblings[siblings.indexOf(element) + 1] ?? null;
    },
    get textContent() {
      return children.map((node) => (isElement(node) ? node.textContent : node.data)).join("");
    },
    set textContent(data) {
      children = [];
      if (data !== "") element.append(data);
    },
    getAttribute: (name) => attributes.get(name) ?? null,
    hasAttribute: (name) => attributes.has(name),
    setAttribute: (name, value) => void attributes.set(name, String(value)),
    setAttributeNS: (_namespace, name, value) => void attributes.set(name, String(value)),
    removeAttribute: (name) => void attributes.delete(name),
    append(...nodes) {
      for (const node of nodes) {
        element.appendChild(typeof node === "string" ? sheet.createTextNode(node) : node);
      }
    },
    appendChild: (node) => element.insertBefore(node, null),
    insertBefore(node, before) {
      detach(node);
      const at = before === null ? -1 : children.indexOf(before);
      children.splice(at < 0 ? children.length : at, 0, node);
      node.parentNode = element;
      return node;
    },
    removeChild(node) {
      children = children.filter((each) => each !== node);
      node.parentNode = null;
      return node;
    },
    // Plot asks whether a facet drew anything; nothing else is selected.
    querySelectorAll: (selector) =>
      children.flatMap((node) =>
        isElement(node)
          ? [...(node.tagName === selector ? [node] : []), ...node.querySelectorAll(selector)]
          : [],
      ),
    markup() {
      const style = Array.from(styles, ([name, value]) => `${name}:${value}`).join(";");
      const all = [...attributes, ...(style === "" ? [] : [["style", style] as const])];
      const head = all.map(([name, value]) => ` ${name}="${attribute(value)}"`).join("");
      // The text of a style sheet is not escaped: Plot's own has nothing to escape.
      const inner = children
        .map((node) =>
          isElement(node) ? node.markup() : tagName === "style" ? node.data : escaped(node.data),
        )
        .join("");
      return inner === "" && namespaceURI === svgNamespace
        ? `<${tagName}${head}/>`
        : `<${tagName}${head}>${inner}</${tagName}>`;
    },
  };
  return element;
}
