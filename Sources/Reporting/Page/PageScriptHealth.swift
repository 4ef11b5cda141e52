/// Figure 6: values and derivatives through depth.
let pageScriptHealth = #"""

  // ---- Figure 6: values and derivatives through depth

  const healthCurves = [["activation", "activations", "var(--blue)"], ["cotangent", "cotangents", "var(--orange)"],
    ["gradient", "gradients", "var(--green)"], ["update", "update / weight", "var(--purple)"]];

  function currentHealth() { return data.groups[state.group].health; }

  function decimal(value) { return value === null || value === undefined ? "–" : value.toExponential(1); }

  function drawHealth() {
    const host = document.getElementById("health"), health = currentHealth();
    document.getElementById("health-section").hidden = !health;
    if (!health) return;
    const [svg, box] = canvas(host, 360, [30, 18, 48, 66]);
    const n = health.activation.length, shown = healthCurves.filter(([key]) => visible("health-" + key));
    const values = shown.flatMap(([key]) => health[key]).filter((value) => value > 0);
    if (!values.length) { svg.append(shape("text", { x: box.left, y: box.top + 20 }, "nothing to show")); return; }
    const low = Math.floor(Math.log10(Math.min(...values))), high = Math.ceil(Math.log10(Math.max(...values)));
    const x = linear([-0.5, n - 0.5], [box.left, box.right]);
    const scale = linear([low, Math.max(high, low + 1)], [box.bottom, box.top]), y = (value) => scale(Math.log10(value));
    const every = Math.max(1, Math.ceil((high - low) / 8)), decades = [];
    for (let power = low; power <= Math.max(high, low + 1); power += every) decades.push(power);
    axes(svg, box, x, scale, {
      xTicks: niceTicks(0, n - 1, box.right - box.left < 420 ? 5 : 10).filter(Number.isInteger), xText: String,
      yTicks: decades, yText: (power) => power === 0 ? "1" : power === 1 ? "10" : "1e" + power, xTitle: "stage",
      yTitle: "root mean square, logarithmic" });
    for (const [key, , color] of shown) {
      let path = "", isDrawn = false;
      health[key].forEach((value, stage) => {
        if (!(value > 0)) { isDrawn = false; return; }
        path += (isDrawn ? "L" : "M") + x(stage).toFixed(1) + "," + y(value).toFixed(1);
        isDrawn = true;
      });
      svg.append(shape("path", { d: path, fill: "none", stroke: color, "stroke-width": 2,
        "stroke-dasharray": key === "update" ? "5 3" : null }));
      if (n > 40) continue;
      health[key].forEach((value, stage) => {
        if (value > 0) svg.append(shape("circle", { cx: x(stage), cy: y(value), r: 2.6, fill: color }));
      });
    }
    health.flags.forEach((flag, stage) => {
      if (!flag || !(health.gradient[stage] > 0) || !visible("health-gradient")) return;
      const px = x(stage), py = y(health.gradient[stage]);
      svg.append(shape("path", { d: `M${px - 5},${py + 5}L${px + 5},${py + 5}L${px},${py - 5}Z`, fill: "var(--red)",
        stroke: "var(--paper)" }));
    });
    const step = (box.right - box.left) / n;
    for (let stage = 0; stage < n; stage += 1) {
      svg.append(shape("rect", { x: x(stage) - step / 2, width: step, y: box.top, height: box.bottom - box.top,
        fill: "transparent", onmousemove: (event) => showTip(event, `stage ${stage}`,
          [["layers", data.groups[state.group].names[stage]]]
            .concat(healthCurves.map(([key, name]) => [name, decimal(health[key][stage])]))
            .concat(health.dead[stage] === null ? [] : [["dead ReLU units", (100 * health.dead[stage]).toFixed(1) + " %"]])
            .concat(health.flags[stage] ? [["gradient", health.flags[stage]]] : [])),
        onmouseleave: hideTip }));
    }
    legend(document.getElementById("health-legend"), healthCurves.map(([key, name, color]) =>
      ({ key: "health-" + key, name, color, kind: key === "update" ? "dash" : "line" })));
  }

  function tabulateHealth() {
    const host = document.getElementById("health-table"), health = currentHealth();
    if (!health) { host.replaceChildren(); return; }
    const n = health.activation.length, every = Math.ceil(n / 120), rows = [];
    for (let stage = 0; stage < n; stage += every) {
      rows.push({ picked: Boolean(health.flags[stage]), cells: [String(stage)]
        .concat(healthCurves.map(([key]) => decimal(health[key][stage])))
        .concat([health.dead[stage] === null ? "–" : (100 * health.dead[stage]).toFixed(1) + " %"]) });
    }
    const flagged = health.flags.filter((flag) => flag).length;
    table(host, [{ name: "stage" }, { name: "activation" }, { name: "cotangent" }, { name: "gradient" },
      { name: "update" }, { name: "dead" }], rows, (flagged
      ? `${flagged} of ${n} stages have gradients more than 1000 times off the last stage's.`
      : "No stage's gradient is more than 1000 times off the last stage's.")
      + (every > 1 ? ` Every ${every}th stage.` : ""));
  }

  """#
