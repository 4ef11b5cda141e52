/// The page's style sheet: paper-like, light and dark, in colours that the colour-blind tell apart (after Okabe and Ito).
let pageStyle = #"""

  :root {
    color-scheme: light dark;
    --paper: #ffffff; --ink: #1a1a1a; --soft: #5c6066; --rule: #d9dce0; --wash: #f5f6f8; --mark: #fff3c4;
    --blue: #0072b2; --orange: #d98200; --green: #007f5f; --red: #c44e00; --purple: #a8568a; --sky: #4ba3d9;
    --activation: #0072b2; --cotangent: #e69f00; --workspace: #8f969e; --gradient: #007f5f;
  }
  @media (prefers-color-scheme: dark) {
    :root:not([data-theme="light"]) {
      --paper: #14171a; --ink: #e8eaed; --soft: #a0a6ad; --rule: #363b41; --wash: #1d2125; --mark: #40381c;
      --blue: #56a9e0; --orange: #f0a830; --green: #2fb890; --red: #f07f3c; --purple: #d68ab8; --sky: #7fc4ef;
      --activation: #4a9ad0; --cotangent: #f0b030; --workspace: #7d858d; --gradient: #2fb890;
    }
  }
  :root[data-theme="dark"] {
    --paper: #14171a; --ink: #e8eaed; --soft: #a0a6ad; --rule: #363b41; --wash: #1d2125; --mark: #40381c;
    --blue: #56a9e0; --orange: #f0a830; --green: #2fb890; --red: #f07f3c; --purple: #d68ab8; --sky: #7fc4ef;
    --activation: #4a9ad0; --cotangent: #f0b030; --workspace: #7d858d; --gradient: #2fb890;
  }
  * { box-sizing: border-box; }
  [hidden] { display: none !important; }
  body { margin: 0; background: var(--paper); color: var(--ink);
    font: 15px/1.5 system-ui, -apple-system, "Segoe UI", "Liberation Sans", Arial, sans-serif; }
  main { max-width: 1240px; margin: 0 auto; padding: 28px 28px 60px; }
  h1 { font-size: 25px; line-height: 1.25; margin: 0 0 4px; font-weight: 650; }
  h2 { font-size: 18px; margin: 40px 0 2px; font-weight: 650; }
  p { margin: 4px 0 10px; max-width: 78ch; }
  .soft { color: var(--soft); }
  .facts { display: flex; flex-wrap: wrap; gap: 2px 26px; margin: 12px 0 0; font-size: 13.5px; color: var(--soft); }
  .facts b { color: var(--ink); font-weight: 550; }
  .wrong { border-left: 4px solid var(--red); padding: 6px 12px; background: var(--wash); margin: 14px 0; }
  .bar { position: sticky; top: 0; z-index: 5; background: var(--paper); border-bottom: 1px solid var(--rule);
    display: flex; flex-wrap: wrap; gap: 6px 18px; align-items: center; padding: 8px 0; margin-top: 18px; font-size: 14px; }
  .bar label { display: inline-flex; gap: 7px; align-items: center; }
  select, button { font: inherit; color: var(--ink); background: var(--wash); border: 1px solid var(--rule);
    border-radius: 5px; padding: 3px 9px; }
  button { cursor: pointer; }
  .bar .right { margin-left: auto; }
  .figure { display: grid; grid-template-columns: minmax(0, 1.4fr) minmax(0, 1fr); gap: 8px 24px; margin-top: 8px;
    align-items: start; }
  .figure > * { min-width: 0; }
  @media (max-width: 900px) { .figure { grid-template-columns: minmax(0, 1fr); } main { padding: 18px 14px 40px; } }
  svg { display: block; width: 100%; overflow: visible; }
  svg text { fill: var(--ink); font-size: 12px; }
  svg .axis text, svg text.soft { fill: var(--soft); font-size: 11.5px; }
  svg .axis line, svg .axis path { stroke: var(--rule); fill: none; shape-rendering: crispEdges; }
  svg .title { font-size: 12.5px; fill: var(--soft); }
  .legend { display: flex; flex-wrap: wrap; gap: 4px 6px; font-size: 13px; margin: 6px 0 2px; }
  .legend button { border: none; background: none; padding: 1px 8px 1px 2px; display: inline-flex; gap: 6px;
    align-items: center; border-radius: 4px; }
  .legend button:hover { background: var(--wash); }
  .legend button[aria-pressed="false"] { opacity: 0.4; text-decoration: line-through; }
  .swatch { width: 14px; height: 11px; border-radius: 2px; display: inline-block; }
  .swatch.line { height: 0; border-top: 3px solid; border-radius: 0; width: 18px; }
  .swatch.dash { height: 0; border-top: 2px dashed; width: 18px; }
  .swatch.dot { width: 10px; height: 10px; border-radius: 50%; }
  .scroll { max-height: 430px; overflow: auto; border-top: 1px solid var(--rule); border-bottom: 1px solid var(--rule); }
  table { border-collapse: collapse; width: 100%; font-size: 12.5px; font-variant-numeric: tabular-nums; }
  th { text-align: right; font-weight: 550; color: var(--soft); position: sticky; top: 0; background: var(--paper);
    box-shadow: inset 0 -1px 0 var(--rule); white-space: nowrap; }
  th, td { padding: 3px 0 3px 9px; vertical-align: baseline; }
  td { text-align: right; white-space: nowrap; border-bottom: 1px solid var(--wash); }
  th:first-child, td:first-child { text-align: left; padding-left: 4px; }
  td:last-child, th:last-child { padding-right: 6px; }
  td.text, th.text { text-align: left; }
  td.wide { white-space: normal; text-align: left; }
  tr.pick { cursor: pointer; }
  tr.pick:hover td { background: var(--wash); }
  tr.picked td { background: var(--mark); }
  caption { caption-side: bottom; text-align: left; color: var(--soft); font-size: 12.5px; padding: 5px 4px; }
  #tip { position: fixed; pointer-events: none; background: var(--paper); color: var(--ink); border: 1px solid var(--rule);
    border-radius: 6px; box-shadow: 0 4px 16px rgb(0 0 0 / 0.18); padding: 7px 11px; font-size: 13px; line-height: 1.45;
    max-width: 340px; z-index: 10; display: none; font-variant-numeric: tabular-nums; }
  #tip b { display: block; font-weight: 600; }
  #tip span { color: var(--soft); }
  pre { background: var(--wash); border-radius: 6px; padding: 10px 14px; overflow: auto; font-size: 12.5px; line-height: 1.45; }
  details summary { cursor: pointer; color: var(--soft); margin-top: 34px; }
  .hit { fill: transparent; cursor: pointer; }
  @media print { .bar, .legend button[aria-pressed="false"] { display: none; } .scroll { max-height: none; } }

  """#
