/// Figure 2: live bytes over one iteration.
let pageScriptMemory = #"""

  // ---- Figure 2: live bytes over one iteration

  const categories = [["activation", "activations"], ["cotangent", "cotangents"], ["workspace", "workspace"],
    ["gradient", "gradients"]];
  const phaseNames = { f: "forward", r: "recomputing", b: "reverse", u: "update" };
  const phaseColors = { f: "var(--blue)", r: "var(--orange)", b: "var(--green)", u: "var(--soft)" };

  function drawMemory() {
    const host = document.getElementById("memory");
    const row = currentRow(), timeline = row && row.detail && row.detail.timeline;
    const [svg, box] = canvas(host, 330, [30, 18, 62, 74]);
    if (!timeline) { svg.append(shape("text", { x: box.left, y: box.top + 20 }, "no plan is kept of this point")); return; }
    const samples = timeline.samples, end = timeline.instructions;
    const reference = data.groups[state.group].rows.find((other) => other.strategy === "none");
    const over = reference && reference !== row && reference.detail && reference.detail.timeline;
    const shown = categories.filter(([key]) => visible(key));
    const total = (sample) => shown.reduce((sum, [key]) => sum + (sample[1 + categories.findIndex((c) => c[0] === key)] || 0), 0);
    const whole = (sample) => sample.slice(1).reduce((sum, value) => sum + value, 0);
    let high = Math.max(1, ...samples.map(total));
    if (over && visible("reference")) high = Math.max(high, ...over.samples.map(whole));
    const x = linear([0, end], [box.left, box.right]), y = linear([0, high * 1.06], [box.bottom, box.top]);
    axes(svg, box, x, y, {
      xTicks: x.ticks(box.right - box.left < 420 ? 4 : 7), xText: (value) => String(Math.round(value)),
      yTicks: byteTicks(0, high * 1.06, 5), yText: (value) => tick(bytes(value)), xTitle: "instruction", yTitle: "live bytes in the arena",
    });
    const base = samples.map(() => 0);
    for (const [key] of shown) {
      const index = 1 + categories.findIndex((category) => category[0] === key);
      const top = samples.map((sample, i) => base[i] + (sample[index] || 0));
      let path = `M${x(samples[0][0])},${y(base[0])}`;
      samples.forEach((sample, i) => { path += `V${y(top[i])}H${x(i + 1 < samples.length ? samples[i + 1][0] : end)}`; });
      for (let i = samples.length - 1; i >= 0; i -= 1) path += `V${y(base[i])}H${x(samples[i][0])}`;
      svg.append(shape("path", { d: path + "Z", fill: `var(--${key})`, "fill-opacity": 0.85 }));
      top.forEach((value, i) => { base[i] = value; });
    }
    if (over && visible("reference")) {
      let path = "";
      const scale = end / over.instructions;
      over.samples.forEach((sample, i) => {
        path += (i ? "L" : "M") + x(sample[0] * scale) + "," + y(whole(sample));
      });
      svg.append(shape("path", { d: path, fill: "none", stroke: "var(--soft)", "stroke-width": 1.2,
        "stroke-dasharray": "4 3" }));
    }
    samples.forEach((sample, i) => {
      const next = i + 1 < samples.length ? samples[i + 1][0] : end;
      svg.append(shape("rect", { x: x(sample[0]), width: Math.max(0.6, x(next) - x(sample[0])), y: box.bottom + 1, height: 5,
        fill: phaseColors[timeline.phases[i]] }));
    });
    const peak = timeline.peak;
    svg.append(shape("line", { x1: x(peak.instruction + 0.5), x2: x(peak.instruction + 0.5), y1: box.top - 4,
      y2: box.bottom, stroke: "var(--ink)", "stroke-width": 1, "stroke-dasharray": "1 2" }));
    const atRight = x(peak.instruction) > (box.left + box.right) / 2;
    svg.append(shape("text", { x: x(peak.instruction) + (atRight ? -5 : 5), y: box.top + 2,
      "text-anchor": atRight ? "end" : "start" }, "peak " + bytes(peak.bytes)));
    const cursor = shape("line", { y1: box.top, y2: box.bottom, stroke: "var(--ink)", "stroke-width": 0.8,
      visibility: "hidden" });
    svg.append(cursor, shape("rect", {
      x: box.left, y: box.top, width: box.right - box.left, height: box.bottom - box.top, fill: "transparent",
      onmousemove: (event) => {
        const at = x.invert((event.clientX - svg.getBoundingClientRect().left) * (box.right + 18) / svg.clientWidth);
        let i = samples.findIndex((sample) => sample[0] > at);
        i = (i < 0 ? samples.length : i) - 1;
        if (i < 0) return;
        const px = x(samples[i][0] + 0.5);
        cursor.setAttribute("x1", px); cursor.setAttribute("x2", px); cursor.setAttribute("visibility", "visible");
        showTip(event, `instruction ${samples[i][0]}, ${phaseNames[timeline.phases[i]]}`,
          categories.map(([, name], c) => [name, bytes(samples[i][1 + c] || 0)]).concat([["together", bytes(whole(samples[i]))]]));
      },
      onmouseleave: () => { cursor.setAttribute("visibility", "hidden"); hideTip(); },
    }));
    legend(document.getElementById("memory-legend"), categories.map(([key, name]) =>
      ({ key, name, color: `var(--${key})` })).concat(over
      ? [{ key: "reference", name: "none, for comparison", color: "var(--soft)", kind: "dash" }] : []));
    const strip = Object.keys(phaseNames).map((key) => element("span", { class: "soft" },
      element("span", { class: "swatch", style: { height: "6px", background: phaseColors[key] } }), " " + phaseNames[key] + "  "));
    document.getElementById("memory-phases").replaceChildren(...strip);
  }

  function tabulateMemory() {
    const host = document.getElementById("memory-table");
    const row = currentRow(), peak = row && row.detail && row.detail.timeline && row.detail.timeline.peak;
    if (!peak) { host.replaceChildren(); return; }
    const listed = peak.buffers.slice(0, 12), rest = peak.bytes - listed.reduce((sum, b) => sum + b[3], 0);
    const rows = listed.map((buffer) => ({ cells: [buffer[0] || "workspace", count(buffer[1]), buffer[2],
      bytes(buffer[3])] }));
    if (rest > 0) rows.push({ cells: ["all others", "", "", bytes(rest)] });
    rows.push({ cells: [element("b", {}, "together"), "", "", element("b", {}, bytes(peak.bytes))] });
    table(host, [{ name: "live at the peak" }, { name: "stage" }, { name: "kind", text: true }, { name: "bytes" }], rows,
      `Instruction ${peak.instruction}, ${phaseNames[peak.phase]} of stage ${peak.stage}; the largest first.`);
  }

  """#
