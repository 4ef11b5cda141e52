/// Figure 1: peak of memory against iteration time.
let pageScriptTrade = #"""

  // ---- Figure 1: peak of memory against iteration time

  function peakOf(row) { return state.memory === "process" ? row.process : row.peak; }

  function isOptimal(row) { return row.strategy === "optimal"; }

  function measuredRows() { return data.groups[state.group].rows.filter((row) => row.time); }

  function paretoFront(rows) {
    const sorted = [...rows].sort((a, b) => peakOf(a) - peakOf(b) || a.time[0] - b.time[0]);
    const front = [];
    for (const row of sorted) if (!front.length || row.time[0] < front[front.length - 1].time[0]) front.push(row);
    return front;
  }

  function drawTrade() {
    const host = document.getElementById("trade");
    const rows = measuredRows().filter((row) => peakOf(row) !== null);
    const narrow = host.clientWidth < 520;
    const [svg, box] = canvas(host, narrow ? 380 : 470, [30, 24, 48, 62]);
    if (!rows.length) { svg.append(shape("text", { x: box.left, y: box.top + 20 }, "nothing is measured yet")); return; }
    const peaks = rows.map(peakOf), times = rows.flatMap((row) => [row.time[1], row.time[2]]);
    const low = Math.min(...peaks), high = Math.max(...peaks);
    const x = high / low > 6
      ? logarithmic([low / 1.25, high * 1.3], [box.left, box.right])
      : linear([Math.max(0, low - 0.12 * (high - low || low)), high + 0.14 * (high - low || high)], [box.left, box.right]);
    const slow = Math.max(...times), fast = Math.min(...times), pad = (slow - fast || slow) * 0.12;
    const isSteep = slow / fast > 4;
    const y = isSteep ? logarithmic([fast / 1.15, slow * 1.15], [box.bottom, box.top])
      : linear([Math.max(0, fast - pad), slow + pad], [box.bottom, box.top]);
    const xTicks = high / low > 6 ? x.ticks() : byteTicks(x.invert(box.left), x.invert(box.right), narrow ? 4 : 7);
    axes(svg, box, x, y, {
      xTicks, xText: (value) => tick(bytes(value)),
      yTicks: isSteep ? timeTicks(fast / 1.15, slow * 1.15) : y.ticks(6),
      yText: (value) => tick(seconds(value)),
      xTitle: (state.memory === "process" ? "peak of the process's resident memory" : "peak of the activation arena"),
      yTitle: "time of one iteration" + (isSteep ? ", logarithmic" : ""),
    });
    const place = (row) => [x(peakOf(row)), y(row.time[0])];
    if (visible("front")) {
      let path = "";
      paretoFront(rows).forEach((row, index) => {
        const [px, py] = place(row);
        path += index === 0 ? `M${px},${box.top}V${py}` : `H${px}V${py}`;
      });
      svg.append(shape("path", { d: path + `H${box.right}`, fill: "none", stroke: "var(--soft)", "stroke-width": 1.2,
        "stroke-dasharray": "2 3" }));
    }
    const curve = rows.filter(isOptimal).sort((a, b) => peakOf(a) - peakOf(b) || b.time[0] - a.time[0]);
    if (visible("optimal") && curve.length > 1) {
      svg.append(shape("path", { d: "M" + curve.map((row) => place(row).join(",")).join("L"), fill: "none",
        stroke: "var(--blue)", "stroke-width": 2 }));
    }
    const shown = rows.filter((row) => visible(isOptimal(row) ? "optimal" : "fixed"));
    for (const row of shown) {
      const [px, py] = place(row), color = isOptimal(row) ? "var(--blue)" : "var(--red)";
      svg.append(shape("line", { x1: px, x2: px, y1: y(row.time[1]), y2: y(row.time[2]), stroke: color,
        "stroke-width": 1.4 }));
      const isPicked = row === currentRow();
      svg.append(isOptimal(row)
        ? shape("circle", { cx: px, cy: py, r: isPicked ? 6.5 : 4.5, fill: color, stroke: "var(--paper)",
          "stroke-width": 1.5 })
        : shape("rect", { x: px - (isPicked ? 6 : 4.5), y: py - (isPicked ? 6 : 4.5), width: isPicked ? 12 : 9,
          height: isPicked ? 12 : 9, fill: color, stroke: "var(--paper)", "stroke-width": 1.5 }));
    }
    placeLabels(svg, box, shown.map((row) => ({ text: isOptimal(row) ? row.budget : row.label, at: place(row), row })));
    for (const row of shown) {
      const [px, py] = place(row);
      svg.append(shape("circle", { class: "hit", cx: px, cy: py, r: 13, onmousemove: (event) => rowTip(event, row),
        onmouseleave: hideTip, onclick: () => pick(row) }));
    }
  }

  function rowTip(event, row) {
    showTip(event, row.label, [
      ["iteration", `${seconds(row.time[0])} (${seconds(row.time[1])} to ${seconds(row.time[2])})`],
      ["predicted", seconds(row.predicted)], ["arena peak", bytes(row.peak)], ["process peak", bytes(row.process)],
      ["executions", `${count(row.executions)}, ${count(row.recomputed)} of them recomputed`],
    ]);
  }

  /** Puts each label beside its point where it covers no other label and no point; far ones get a line. */
  function placeLabels(svg, box, labels) {
    const taken = labels.map((label) => [label.at[0] - 6, label.at[1] - 6, label.at[0] + 6, label.at[1] + 6]);
    const overlap = (a, b) => Math.max(0, Math.min(a[2], b[2]) - Math.max(a[0], b[0]))
      * Math.max(0, Math.min(a[3], b[3]) - Math.max(a[1], b[1]));
    for (const label of [...labels].sort((a, b) => a.at[1] - b.at[1])) {
      const width = label.text.length * 6.6 + 4, height = 14;
      let best = null;
      for (const radius of [10, 16, 26, 40, 56]) {
        for (const angle of [0, -0.6, 0.6, Math.PI, Math.PI - 0.6, Math.PI + 0.6, -Math.PI / 2, Math.PI / 2]) {
          const cx = label.at[0] + Math.cos(angle) * radius, cy = label.at[1] + Math.sin(angle) * radius;
          const left = Math.cos(angle) > 0.3 ? cx : Math.cos(angle) < -0.3 ? cx - width : cx - width / 2;
          const area = [left, cy - height / 2, left + width, cy + height / 2];
          let cost = radius * 0.4 + taken.reduce((sum, other) => sum + overlap(area, other), 0) * 3;
          cost += (Math.max(0, box.left - area[0]) + Math.max(0, area[2] - box.right - 20)) * 40;
          cost += (Math.max(0, box.top - 8 - area[1]) + Math.max(0, area[3] - box.bottom)) * 40;
          if (best === null || cost < best.cost) best = { cost, area, radius };
        }
      }
      taken.push(best.area);
      const middle = [(best.area[0] + best.area[2]) / 2, (best.area[1] + best.area[3]) / 2];
      if (best.radius > 20) {
        const anchor = middle[0] > label.at[0] ? best.area[0] : best.area[2];
        svg.append(shape("line", { x1: label.at[0], y1: label.at[1], x2: anchor, y2: middle[1], stroke: "var(--soft)",
          "stroke-width": 0.8 }));
      }
      svg.append(shape("text", { x: middle[0], y: middle[1] + 4, "text-anchor": "middle",
        "font-weight": label.row === currentRow() ? 700 : 400 }, label.text));
    }
  }

  function tabulateTrade() {
    const group = data.groups[state.group];
    const keepAll = group.rows.find((row) => row.strategy === "none" && row.time);
    const sorted = [...group.rows].sort((a, b) => (a.time ? 0 : 1) - (b.time ? 0 : 1) || (a.time ? b.peak - a.peak : 0));
    const front = new Set(paretoFront(measuredRows()));
    table(document.getElementById("trade-table"), [
      { name: "strategy" }, { name: "arena peak" }, { name: "iteration" }, { name: "± spread" }, { name: "of none" },
      { name: "executions" },
    ], sorted.map((row) => row.time ? {
      pick: () => pick(row), picked: row === currentRow(),
      cells: [(front.has(row) ? "● " : "") + row.label, bytes(row.peak), seconds(row.time[0]),
        (50 * (row.time[2] - row.time[1]) / row.time[0]).toFixed(1) + " %",
        keepAll ? (row.time[0] / keepAll.time[0]).toFixed(2) : "–", count(row.executions)],
    } : { cells: [row.label, { value: row.status + (row.least ? `: at least ${bytes(row.least)}` : row.message
      ? ": " + row.message : ""), wide: true, span: 5 }] }), "● on the Pareto front. Choose a row to see it below.");
  }

  """#
