/// Figure 3: the schedule, stages across and time down.
let pageScriptSchedule = #"""

  // ---- Figure 3: the schedule

  const kinds = [["first", "first execution", "var(--blue)"], ["again", "executed again", "var(--orange)"],
    ["reverse", "reversed", "var(--green)"]];

  function drawSchedule() {
    const host = document.getElementById("schedule");
    const row = currentRow(), sweeps = row && row.detail && row.detail.sweeps;
    const [svg, box] = canvas(host, 420, [44, 18, 20, 62]);
    if (!sweeps) { svg.append(shape("text", { x: box.left, y: box.top + 20 }, "no schedule is kept of this point")); return; }
    let steps = 0;
    const placed = sweeps.map(([kind, first, last]) => {
      const start = steps;
      steps += Math.abs(last - first) + 1;
      return { kind, first, last, start, end: steps };
    });
    const x = linear([-0.5, row.stages - 0.5], [box.left, box.right]), y = linear([0, steps], [box.top, box.bottom]);
    const group = shape("g", { class: "axis" });
    for (const tick of niceTicks(0, row.stages - 1, box.right - box.left < 420 ? 5 : 10).filter(Number.isInteger)) {
      group.append(shape("line", { x1: x(tick), x2: x(tick), y1: box.top, y2: box.bottom }));
      group.append(shape("text", { x: x(tick), y: box.top - 7, "text-anchor": "middle" }, tick));
    }
    for (const tick of niceTicks(0, steps, 6).filter(Number.isInteger)) {
      group.append(shape("line", { x1: box.left, x2: box.right, y1: y(tick), y2: y(tick) }));
      group.append(shape("text", { x: box.left - 7, y: y(tick) + 4, "text-anchor": "end" }, tick));
    }
    svg.append(group);
    svg.append(shape("text", { class: "title", x: (box.left + box.right) / 2, y: box.top - 25, "text-anchor": "middle" },
      "stage"));
    svg.append(shape("text", { class: "title", x: box.left - 44, y: (box.top + box.bottom) / 2, "text-anchor": "middle",
      transform: `rotate(-90 ${box.left - 44} ${(box.top + box.bottom) / 2})` }, "time, in executions and reversals"));
    const thick = Math.max(1.4, Math.min(7, (box.right - box.left) / row.stages * 0.7, (box.bottom - box.top) / steps * 3));
    for (const sweep of placed) {
      if (!visible(kinds[sweep.kind][0])) continue;
      const direction = sweep.last < sweep.first ? -1 : 1;
      svg.append(shape("line", {
        x1: x(sweep.first - 0.42 * direction), x2: x(sweep.last + 0.42 * direction), y1: y(sweep.start + 0.08),
        y2: y(sweep.end - 0.08), stroke: kinds[sweep.kind][2], "stroke-width": thick, "stroke-linecap": "butt",
      }));
    }
    svg.append(shape("rect", {
      x: box.left, y: box.top, width: box.right - box.left, height: box.bottom - box.top, fill: "transparent",
      onmousemove: (event) => {
        const at = y.invert(event.clientY - svg.getBoundingClientRect().top);
        const sweep = placed.find((s) => s.end > at);
        if (!sweep) return;
        const stage = sweep.first + Math.floor(at - sweep.start) * (sweep.last < sweep.first ? -1 : 1);
        showTip(event, `step ${Math.floor(at)}: stage ${stage} ${kinds[sweep.kind][1]}`, [["sweep",
          sweep.first === sweep.last ? `stage ${sweep.first} alone` : `stages ${sweep.first} to ${sweep.last}`]]);
      },
      onmouseleave: hideTip,
    }));
    legend(document.getElementById("schedule-legend"), kinds.map(([key, name, color]) => ({ key, name, color })));
  }

  function tabulateSchedule() {
    const host = document.getElementById("schedule-table");
    const row = currentRow(), sweeps = row && row.detail && row.detail.sweeps;
    if (!sweeps) { host.replaceChildren(); return; }
    table(host, [{ name: "sweep" }, { name: "what", text: true }, { name: "from stage" }, { name: "to" },
      { name: "steps" }], sweeps.slice(0, 200).map(([kind, first, last], index) => ({
      cells: [String(index + 1), kinds[kind][1], String(first), String(last), String(Math.abs(last - first) + 1)],
    })), `${row.stages} stages, ${count(row.executions)} executions, ${count(row.recomputed)} of them recomputed, `
      + `${count(row.elided)} left out` + (sweeps.length > 200 ? `; the first 200 of ${sweeps.length} sweeps` : ""));
  }

  """#
