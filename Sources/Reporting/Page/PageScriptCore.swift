/// What every figure of the page uses: numbers as text, elements, scales, axes, tables, legends.
let pageScriptCore = #"""

  "use strict";
  const data = JSON.parse(document.getElementById("data").textContent);
  const state = { group: 0, row: 0, hidden: new Set(), memory: "arena" };

  // ---- Numbers as text

  function bytes(count) {
    if (count === null || count === undefined) return "–";
    const units = ["B", "KiB", "MiB", "GiB", "TiB"];
    let unit = 0, value = count;
    while (value >= 1024 && unit < 4) { value /= 1024; unit += 1; }
    return (unit === 0 ? value : value.toFixed(value < 100 ? 1 : 0)) + " " + units[unit];
  }

  /** The same on an axis, without needless zeros. */
  function tick(text) { return text.replace(/\.0+(?= )/, "").replace(/^0 .*/, "0");
  }

  function seconds(value) {
    if (value === null || value === undefined) return "–";
    if (value >= 1) return value.toFixed(2) + " s";
    if (value >= 1e-3) return (value * 1e3).toFixed(value < 0.1 ? 2 : 1) + " ms";
    return (value * 1e6).toFixed(1) + " µs";
  }

  function percent(value, digits = 1) {
    return (value > 0 ? "+" : "") + (100 * value).toFixed(digits) + " %";
  }

  function count(value) { return value === null || value === undefined ? "–" : String(value); }

  // ---- Elements

  function element(name, attributes, ...children) {
    const node = document.createElement(name);
    for (const [key, value] of Object.entries(attributes || {})) {
      if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
      else if (key === "style") Object.assign(node.style, value);
      else if (value !== null && value !== undefined && value !== false) node.setAttribute(key, value);
    }
    for (const child of children.flat()) if (child !== null) node.append(child);
    return node;
  }

  function shape(name, attributes, text) {
    const node = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes || {})) {
      if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
      else if (value !== null && value !== undefined) node.setAttribute(key, value);
    }
    if (text !== undefined) node.textContent = text;
    return node;
  }

  const tip = document.getElementById("tip");

  function showTip(event, title, lines) {
    tip.replaceChildren(element("b", {}, title), ...lines.map(([name, value]) =>
      element("div", {}, element("span", {}, name + " "), value)));
    tip.style.display = "block";
    const box = tip.getBoundingClientRect();
    const left = event.clientX + 16 + box.width > innerWidth ? event.clientX - box.width - 12 : event.clientX + 16;
    const top = Math.min(event.clientY + 14, innerHeight - box.height - 8);
    tip.style.left = Math.max(4, left) + "px";
    tip.style.top = Math.max(4, top) + "px";
  }

  function hideTip() { tip.style.display = "none"; }

  // ---- Scales and axes

  function linear(domain, range) {
    const [a, b] = domain, [c, d] = range, span = b - a || 1;
    const scale = (value) => c + (value - a) / span * (d - c);
    scale.invert = (pixel) => a + (pixel - c) / (d - c) * span;
    scale.ticks = (wanted) => niceTicks(a, b, wanted);
    return scale;
  }

  function logarithmic(domain, range) {
    const inner = linear(domain.map(Math.log2), range);
    const scale = (value) => inner(Math.log2(value));
    scale.ticks = () => {
      const ticks = [];
      for (let power = Math.ceil(Math.log2(domain[0])); power <= Math.log2(domain[1]); power += 1) ticks.push(2 ** power);
      return ticks;
    };
    return scale;
  }

  /** Round times on a logarithmic axis: 1, 2 and 5 of every power of ten, or fewer where these are many. */
  function timeTicks(low, high) {
    const ticks = [], steps = high / low > 300 ? [1] : [1, 2, 5];
    for (let power = Math.floor(Math.log10(low)); 10 ** power <= high; power += 1) {
      for (const step of steps) if (step * 10 ** power >= low && step * 10 ** power <= high) ticks.push(step * 10 ** power);
    }
    return ticks;
  }

  function niceTicks(low, high, wanted, base = 10) {
    const raw = (high - low) / Math.max(1, wanted);
    if (!(raw > 0)) return [low];
    const power = base ** Math.floor(Math.log(raw) / Math.log(base));
    const steps = base === 10 ? [1, 2, 5, 10] : [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024];
    const step = steps.map((s) => s * power).find((s) => s >= raw) || power * base;
    const ticks = [];
    for (let tick = Math.ceil(low / step - 1e-9) * step; tick <= high + step * 1e-9; tick += step) ticks.push(tick);
    return ticks;
  }

  /** Ticks of a byte axis: round numbers of the unit in which its largest value is shown. */
  function byteTicks(low, high, wanted) {
    const unit = 1024 ** Math.min(4, Math.floor(Math.log(Math.max(high, 1)) / Math.log(1024)));
    return niceTicks(low / unit, high / unit, wanted).map((tick) => tick * unit);
  }

  function axes(svg, box, x, y, options) {
    const group = shape("g", { class: "axis" });
    for (const tick of options.xTicks) {
      group.append(shape("line", { x1: x(tick), x2: x(tick), y1: box.top, y2: box.bottom }));
      group.append(shape("text", { x: x(tick), y: box.bottom + 17, "text-anchor": "middle" }, options.xText(tick)));
    }
    for (const tick of options.yTicks) {
      group.append(shape("line", { x1: box.left, x2: box.right, y1: y(tick), y2: y(tick) }));
      group.append(shape("text", { x: box.left - 7, y: y(tick) + 4, "text-anchor": "end" }, options.yText(tick)));
    }
    svg.append(group);
    svg.append(shape("text", { class: "title", x: (box.left + box.right) / 2, y: box.bottom + 36,
      "text-anchor": "middle" }, options.xTitle));
    svg.append(shape("text", { class: "title", x: box.left, y: box.top - 10, "text-anchor": "start" }, options.yTitle));
  }

  function canvas(host, height, margins) {
    const width = Math.max(300, host.clientWidth);
    const svg = shape("svg", { width, height, viewBox: `0 0 ${width} ${height}`, role: "img" });
    const box = { left: margins[3], right: width - margins[1], top: margins[0], bottom: height - margins[2] };
    host.replaceChildren(svg);
    return [svg, box];
  }

  // ---- Tables and legends

  function table(host, columns, rows, caption) {
    const head = element("tr", {}, columns.map((column) =>
      element("th", { class: column.text ? "text" : null, scope: "col" }, column.name)));
    const body = rows.map((row) => element("tr", {
      class: (row.pick ? "pick" : "") + (row.picked ? " picked" : ""), onclick: row.pick || (() => {}),
    }, row.cells.map((cell, index) => element("td", {
      class: cell && cell.wide ? "wide" : columns[index] && columns[index].text ? "text" : null,
      colspan: cell && cell.span ? cell.span : null,
    }, cell && cell.value !== undefined ? cell.value : cell))));
    host.replaceChildren(element("table", {}, element("thead", {}, head), element("tbody", {}, body),
      caption ? element("caption", {}, caption) : null));
  }

  function legend(host, entries) {
    host.replaceChildren(...entries.map((entry) => element("button", {
      type: "button", "aria-pressed": String(!state.hidden.has(entry.key)),
      title: "show or hide " + entry.name,
      onclick: () => {
        if (state.hidden.has(entry.key)) state.hidden.delete(entry.key); else state.hidden.add(entry.key);
        draw();
      },
    }, element("span", { class: "swatch " + (entry.kind || ""),
      style: { [entry.kind === "line" || entry.kind === "dash" ? "borderColor" : "background"]: entry.color } }),
      entry.name)));
  }

  function visible(key) { return !state.hidden.has(key); }

  """#
