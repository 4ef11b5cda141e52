/// Figure 4: time and bytes of each stage.
let pageScriptStages = #"""

  // ---- Figure 4: stages

  function stageBins(row) {
    const group = data.groups[state.group], n = row.detail.forward.length, size = Math.ceil(n / 100);
    const bins = [];
    for (let start = 0; start < n; start += size) {
      const end = Math.min(n, start + size), bin = { start, end, forward: 0, backward: 0, output: 0, kept: 0 };
      for (let stage = start; stage < end; stage += 1) {
        bin.forward += row.detail.forward[stage];
        bin.backward += row.detail.backward[stage];
        bin.output += group.outputBytes[stage];
        bin.kept += group.keptBytes[stage];
      }
      bins.push(bin);
    }
    return bins;
  }

  function binName(bin) { return bin.end - bin.start === 1 ? String(bin.start) : `${bin.start}–${bin.end - 1}`; }

  function drawStages() {
    const host = document.getElementById("stages");
    const row = currentRow();
    const [svg, box] = canvas(host, 380, [30, 18, 46, 66]);
    if (!row || !row.detail || !row.detail.forward) {
      svg.append(shape("text", { x: box.left, y: box.top + 20 }, "no times are kept of this point's stages"));
      return;
    }
    const bins = stageBins(row), upper = { ...box, bottom: box.top + (box.bottom - box.top) * 0.52 };
    const lower = { ...box, top: upper.bottom + 54 };
    const x = linear([0, bins.length], [box.left, box.right]), step = (box.right - box.left) / bins.length;
    const every = Math.max(1, Math.round(bins.length / (box.right - box.left < 420 ? 5 : 10)));
    const xTicks = bins.map((_, i) => i).filter((i) => i % every === 0);
    const panel = (area, parts, text, title, ticks) => {
      const high = Math.max(1e-12, ...bins.map((bin) => parts.reduce((s, [key]) => s + (visible(key) ? bin[key] : 0), 0)));
      const y = linear([0, high * 1.08], [area.bottom, area.top]);
      axes(svg, area, (i) => x(i + 0.5), y, { xTicks, xText: (i) => binName(bins[i]), yTicks: ticks(high * 1.08),
        yText: (value) => tick(text(value)), xTitle: "", yTitle: title });
      bins.forEach((bin, i) => {
        let base = 0;
        for (const [key, color] of parts) {
          if (!visible(key)) continue;
          svg.append(shape("rect", { x: x(i) + step * 0.1, width: Math.max(0.7, step * 0.8), y: y(base + bin[key]),
            height: Math.max(0, y(base) - y(base + bin[key])), fill: color }));
          base += bin[key];
        }
      });
    };
    panel(upper, [["forward", "var(--blue)"], ["backward", "var(--green)"]], seconds,
      "time in one iteration", (high) => niceTicks(0, high, 4));
    panel(lower, [["output", "var(--sky)"], ["kept", "var(--purple)"]], bytes, "bytes of a stage",
      (high) => byteTicks(0, high, 3));
    svg.append(shape("text", { class: "title", x: (box.left + box.right) / 2, y: box.bottom + 38, "text-anchor": "middle" },
      "stage"));
    bins.forEach((bin, i) => svg.append(shape("rect", {
      x: x(i), width: step, y: box.top, height: box.bottom - box.top, fill: "transparent",
      onmousemove: (event) => showTip(event, (bin.end - bin.start === 1 ? "stage " : "stages ") + binName(bin), [
        ["layers", data.groups[state.group].names[bin.start]], ["forward", seconds(bin.forward)],
        ["reverse and recomputing", seconds(bin.backward)], ["output", bytes(bin.output)], ["kept", bytes(bin.kept)],
      ]), onmouseleave: hideTip,
    })));
    legend(document.getElementById("stages-legend"), [
      { key: "forward", name: "forward", color: "var(--blue)" },
      { key: "backward", name: "reverse, recomputing included", color: "var(--green)" },
      { key: "output", name: "output", color: "var(--sky)" },
      { key: "kept", name: "kept when everything is kept", color: "var(--purple)" },
    ]);
  }

  function tabulateStages() {
    const host = document.getElementById("stages-table");
    const row = currentRow(), group = data.groups[state.group];
    if (!row || !row.detail || !row.detail.forward) { host.replaceChildren(); return; }
    // Neighbours of equal sizes and layers share a line.
    const shapeOf = (i) => [group.names[i].replace(/^layers\.[\d-]+ /, ""), group.outputBytes[i], group.keptBytes[i]].join();
    const rows = [];
    for (let start = 0; start < row.detail.forward.length;) {
      let end = start + 1;
      while (end < row.detail.forward.length && shapeOf(end) === shapeOf(start)) end += 1;
      const sum = (values) => values.slice(start, end).reduce((a, b) => a + b, 0);
      rows.push({ cells: [binName({ start, end }), { value: group.names[start].replace(/^layers\.[\d-]+ /, ""), wide: true },
        seconds(sum(row.detail.forward)), seconds(sum(row.detail.backward)), bytes(group.outputBytes[start])] });
      start = end;
    }
    table(host, [{ name: "stages" }, { name: "layers", text: true }, { name: "forward" }, { name: "reverse" },
      { name: "output" }], rows.slice(0, 150), "Times are sums over the stages of a line, bytes those of one stage.");
  }

  """#
