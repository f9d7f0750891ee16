import { paletteCss } from "./svg/palette.js";

/** One style sheet for screens of any size, and for paper. Letters are those that the reader's system has. */
export const pageStyle = (): string =>
  [paletteCss(':root:not([data-scheme="light"])'), paletteCss(":root").split("@media")[0], rules].join("\n");

const rules = `
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0;background:var(--ground);color:var(--ink);font:16px/1.5 system-ui,-apple-system,"Segoe UI",sans-serif}
a{color:var(--link)}
:focus-visible{outline:3px solid var(--link);outline-offset:2px}
.skip{position:absolute;left:-9999px}
.skip:focus{left:8px;top:8px;background:var(--ground);padding:4px 8px;z-index:9}
header,main,footer{max-width:1040px;margin:0 auto;padding:0 20px}
header{padding-top:28px}
h1{font-size:1.5rem;line-height:1.25;margin:0 0 .2em;overflow-wrap:anywhere}
h2{font-size:1.2rem;margin:2.2em 0 .4em;padding-top:.6em;border-top:1px solid var(--line)}
h3{font-size:1rem;margin:1.4em 0 .3em}
h4{font-size:.85rem;font-weight:600;margin:.2em 0;overflow-wrap:anywhere}
p{margin:.4em 0;max-width:76ch}
.soft{color:var(--soft)}
nav ul{list-style:none;display:flex;flex-wrap:wrap;gap:4px 16px;padding:0;margin:.8em 0 0;font-size:.9rem}
.mark{display:inline-block;border:1px solid var(--mark);color:var(--mark);border-radius:4px;padding:0 6px;font-size:.8rem;font-weight:600;margin:.2em .4em .2em 0}
.headline{border-left:4px solid var(--line);padding:2px 0 2px 14px;margin:1em 0}
.headline.less{border-color:var(--less)}
.headline.more{border-color:var(--more)}
.headline .sentence{font-size:1.08rem}
.figures{display:flex;flex-wrap:wrap;gap:10px 34px;margin:.7em 0}
.figures div{min-width:9em}
.figures dt{font-size:.82rem;color:var(--soft)}
.figures dd{margin:0;font-size:1.65rem;font-weight:600;line-height:1.2}
.figures dd small{display:block;font-size:.8rem;font-weight:400;color:var(--soft)}
figure{margin:1em 0 0}
.legend{display:flex;flex-wrap:wrap;gap:2px 18px;list-style:none;margin:.5em 0;padding:0;font-size:.84rem}
.legend svg{vertical-align:-1px;margin-right:6px}
.panels{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,440px),1fr));gap:14px 28px}
.panels svg.chart,.panels>div>svg{max-width:100%;height:auto;display:block;overflow:visible}
svg text{white-space:pre}
svg .current,svg [data-title]:hover{stroke:var(--ink);stroke-width:2.5}
.tip{position:absolute;z-index:5;max-width:min(30em,90vw);max-height:60vh;overflow:hidden;white-space:pre-line;pointer-events:none;background:var(--raised);color:var(--ink);border:1px solid var(--line);border-radius:5px;padding:5px 9px;font-size:.82rem;line-height:1.4;box-shadow:0 2px 8px #0004}
details{margin:.5em 0}
summary{cursor:pointer;font-size:.88rem}
.data{display:flex;flex-wrap:wrap;gap:0 18px;align-items:baseline}
.data details{flex:1 1 20em;min-width:0}
.scroll{overflow:auto;max-height:28em;border:1px solid var(--line);border-radius:4px;margin:.4em 0}
table{border-collapse:collapse;font-size:.82rem;font-variant-numeric:tabular-nums}
th,td{padding:2px 9px;text-align:left;vertical-align:top;border-bottom:1px solid var(--line)}
thead th{position:sticky;top:0;background:var(--raised);white-space:nowrap}
td.n,th.n{text-align:right;white-space:nowrap}
td{overflow-wrap:anywhere}
.plain td,.plain th{overflow-wrap:anywhere}
button{font:inherit;font-size:.84rem;color:var(--ink);background:var(--raised);border:1px solid var(--line);border-radius:5px;padding:3px 10px;cursor:pointer;min-height:30px}
button:hover{border-color:var(--soft)}
.vcpu{margin:0 0 1.4em;padding:3px;contain:content}
.canvas .u-wrap{will-change:transform}
.tools{display:flex;flex-wrap:wrap;gap:5px;margin:.3em 0}
.canvas{touch-action:pan-y}
.canvas .u-over{cursor:crosshair}
.canvas .u-select{background:var(--link);opacity:.18}
.said{font-size:.86rem;margin:.2em 0}
.readout{display:flex;flex-wrap:wrap;gap:1px 16px;margin:.2em 0;font-size:.8rem}
.readout div{display:flex;gap:6px}
.readout dt{color:var(--soft)}
.readout dd{margin:0;font-variant-numeric:tabular-nums}
.swatch{display:inline-block;width:12px;height:10px;margin-right:5px;background:var(--c)}
.swatch.line{height:3px;vertical-align:3px}
kbd{border:1px solid var(--line);border-radius:3px;padding:0 4px;font:.82em ui-monospace,monospace;background:var(--raised)}
code{font:.88em ui-monospace,monospace;overflow-wrap:anywhere}
footer{margin-top:3em;padding-bottom:3em;color:var(--soft);font-size:.85rem}
@media (max-width:560px){body{font-size:15px}header,main,footer{padding-left:12px;padding-right:12px}.figures dd{font-size:1.35rem}.figures{gap:8px 22px}}
@media print{
body{font-size:10.5pt}
nav,button,.tools,.tip,.skip,.keys{display:none!important}
header,main,footer{max-width:none;padding:0}
figure,.vcpu,.headline,.panels>div{break-inside:avoid}
figure.long{break-inside:auto}
h2,h3,h4{break-after:avoid}
.panels{grid-template-columns:1fr 1fr}
.scroll{max-height:none;overflow:visible;border:0}
thead th{position:static}
.canvas canvas{max-width:100%!important;height:auto!important}
a{color:inherit}
}
@media (prefers-reduced-motion:no-preference){.skip{transition:left .1s}}
`;
