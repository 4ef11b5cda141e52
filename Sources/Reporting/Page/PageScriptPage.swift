/// Figure 5, and what holds the page together.
let pageScriptPage = #"""

  // ---- Figure 5: predicted and measured

  function drawPrediction() {
    const host = document.getElementById("prediction");
    const rows = measuredRows().filter((row) => row.predicted !== null);
    const [svg, box] = canvas(host, 380, [30, 30, 48, 66]);
    if (!rows.length) {
      svg.append(shape("text", { x: box.left, y: box.top + 20 }, "no times were predicted"));
      return;
    }
    const values = rows.flatMap((row) => [row.predicted, row.time[1], row.time[2]]);
    const low = Math.min(...values), high = Math.max(...values), pad = (high - low || high) * 0.1;
    const isWide = low > 0 && high / low > 4;
    const domain = isWide ? [low / 1.15, high * 1.15] : [Math.max(0, low - pad), high + pad];
    const scale = isWide ? logarithmic : linear;
    const x = scale(domain, [box.left, box.right]), y = scale(domain, [box.bottom, box.top]);
    const narrow = box.right - box.left < 420;
    axes(svg, box, x, y, { xTicks: isWide ? timeTicks(...domain) : x.ticks(narrow ? 4 : 6),
      xText: (value) => tick(seconds(value)), yTicks: isWide ? timeTicks(...domain) : y.ticks(6),
      yText: (value) => tick(seconds(value)),
      xTitle: "predicted time of one iteration" + (isWide ? ", logarithmic" : ""), yTitle: "measured" });
    svg.append(shape("line", { x1: x(domain[0]), y1: y(domain[0]), x2: x(domain[1]), y2: y(domain[1]),
      stroke: "var(--soft)", "stroke-dasharray": "4 3" }));
    for (const row of rows) {
      const px = x(row.predicted), color = isOptimal(row) ? "var(--blue)" : "var(--red)";
      svg.append(shape("line", { x1: px, x2: px, y1: y(row.time[1]), y2: y(row.time[2]), stroke: color,
        "stroke-width": 1.4 }));
      svg.append(shape("circle", { cx: px, cy: y(row.time[0]), r: 4.5, fill: color, stroke: "var(--paper)",
        "stroke-width": 1.5 }));
    }
    placeLabels(svg, box, rows.map((row) => ({ text: isOptimal(row) ? row.budget : row.label,
      at: [x(row.predicted), y(row.time[0])], row })));
    for (const row of rows) {
      svg.append(shape("circle", { class: "hit", cx: x(row.predicted), cy: y(row.time[0]), r: 13,
        onmousemove: (event) => rowTip(event, row), onmouseleave: hideTip, onclick: () => pick(row) }));
    }
  }

  function tabulatePrediction() {
    table(document.getElementById("prediction-table"), [
      { name: "strategy" }, { name: "predicted" }, { name: "measured" }, { name: "off" }, { name: "peak planned" },
      { name: "measured" },
    ], measuredRows().map((row) => ({ pick: () => pick(row), picked: row === currentRow(), cells: [
      row.label, seconds(row.predicted), seconds(row.time[0]),
      row.predicted === null ? "–" : percent(row.time[0] / row.predicted - 1), bytes(row.planned),
      row.planned === row.peak ? "equal" : bytes(row.peak),
    ] })), "Peaks are planned and measured to the byte.");
  }

  // ---- The page

  function currentRow() { return data.groups[state.group].rows[state.row]; }

  function pick(row) {
    state.row = data.groups[state.group].rows.indexOf(row);
    document.getElementById("point").value = String(state.row);
    draw();
  }

  function draw() {
    drawTrade(); tabulateTrade(); drawMemory(); tabulateMemory(); drawSchedule(); tabulateSchedule(); drawStages();
    tabulateStages(); drawPrediction(); tabulatePrediction(); drawHealth(); tabulateHealth();
    legend(document.getElementById("trade-legend"), [
      { key: "fixed", name: "fixed strategies", color: "var(--red)" },
      { key: "optimal", name: "optimal, by its budget", color: "var(--blue)", kind: "dot" },
      { key: "front", name: "Pareto front", color: "var(--soft)", kind: "dash" },
    ]);
    for (const title of document.querySelectorAll("[data-point]")) title.textContent = currentRow().label;
  }

  function fillPoints() {
    const rows = data.groups[state.group].rows;
    document.getElementById("point").replaceChildren(...rows.map((row, index) =>
      row.time ? element("option", { value: index }, row.label) : null).filter((option) => option !== null));
    const optimal = rows.map((row, index) => index).filter((index) => isOptimal(rows[index]) && rows[index].time);
    let best = optimal.length ? optimal[Math.floor(optimal.length / 2)] : -1;
    if (best < 0) best = rows.findIndex((row) => row.time && row.strategy !== "none");
    if (best < 0) best = Math.max(0, rows.findIndex((row) => row.time));
    state.row = best;
    document.getElementById("point").value = String(best);
  }

  document.getElementById("group").append(...data.groups.map((group, index) =>
    element("option", { value: index }, group.label || "all")));
  document.getElementById("group-label").hidden = data.groups.length < 2;
  document.getElementById("group").addEventListener("change", (event) => {
    state.group = Number(event.target.value);
    fillPoints();
    draw();
  });
  document.getElementById("point").addEventListener("change", (event) => {
    state.row = Number(event.target.value);
    draw();
  });
  document.getElementById("axis").addEventListener("change", (event) => {
    state.memory = event.target.value;
    draw();
  });
  document.getElementById("theme").addEventListener("click", () => {
    const root = document.documentElement;
    const isDark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = isDark ? "light" : "dark";
  });
  fillPoints();
  draw();
  let width = innerWidth;
  addEventListener("resize", () => {
    if (innerWidth !== width) { width = innerWidth; draw(); }
  });

  """#
