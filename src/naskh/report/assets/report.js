// Draws the charts from the figures in the page; without it, their tables are there.
"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const root = document.documentElement;
  const words = data.words;
  const number = new Intl.NumberFormat("en");
  const percent = new Intl.NumberFormat("en", { style: "percent", maximumFractionDigits: 1 });
  const isolated = (label) => "\u2068" + label + "\u2069";
  const colour = (name) => getComputedStyle(root).getPropertyValue("--" + name).trim();
  const charts = [];

  const horizontal = () => ({
    x: { reverse: data.rtl, beginAtZero: true, grid: { drawTicks: false }, ticks: { precision: 0 } },
    y: { position: data.rtl ? "right" : "left", grid: { display: false } },
  });
  const legend = (display) => ({ display, rtl: data.rtl, textDirection: data.rtl ? "rtl" : "ltr", labels: { boxWidth: 12, boxHeight: 12 } });
  const tooltip = (label) => ({ rtl: data.rtl, textDirection: data.rtl ? "rtl" : "ltr", callbacks: { label } });
  // Colours are functions, so that another colour scheme needs no more than an update.
  const set = (label, values, name) => ({ label, data: values, backgroundColor: () => colour("bar-" + name), maxBarThickness: 34 });

  const made = {
    days: (days) => ({
      sets: [set(words.role_origin, days.origin, "origin"), set(words.role_copy, days.copy, "copy"), set(words.role_unknown, days.unknown, "unknown")],
      labels: days.labels,
      options: {
        scales: {
          x: { stacked: true, reverse: data.rtl, grid: { display: false }, ticks: { maxRotation: 0, autoSkipPadding: 16 } },
          y: { stacked: true, beginAtZero: true, position: data.rtl ? "right" : "left", ticks: { precision: 0 } },
        },
        interaction: { mode: "index", intersect: false },
        plugins: { legend: legend(true), tooltip: tooltip((item) => item.dataset.label + ": " + number.format(item.raw)) },
      },
    }),
    texts: (texts) => {
      const parts = (values) => values.map((value, at) => value / texts.shingles[at]);
      const scales = horizontal();
      Object.assign(scales.x, { stacked: true, max: 1, ticks: { callback: (value) => percent.format(value) } });
      scales.y.stacked = true;
      return {
        sets: [set(words.own, parts(texts.own), "origin"), set(words.unordered, parts(texts.unordered), "unknown"), set(words.taken, parts(texts.taken), "copy")],
        labels: texts.labels.map(isolated),
        options: {
          indexAxis: "y",
          scales,
          interaction: { mode: "index", intersect: false, axis: "y" },
          plugins: { legend: legend(true), tooltip: tooltip((item) => item.dataset.label + ": " + percent.format(item.raw)) },
        },
      };
    },
    repeats: (repeats) => ({
      sets: [set(words.repeats_articles, repeats.repeating, "copy")],
      labels: repeats.labels.map(isolated),
      options: {
        indexAxis: "y",
        scales: horizontal(),
        plugins: {
          legend: legend(false),
          tooltip: tooltip((item) => words.repeats_articles + ": " + number.format(item.raw) + " / " + number.format(repeats.articles[item.dataIndex])),
        },
      },
    }),
  };

  const paint = () => {
    Chart.defaults.color = colour("ink");
    Chart.defaults.borderColor = colour("rule");
    charts.forEach((chart) => { chart.resize(); chart.update("none"); });
  };

  const draw = (name) => {
    const place = document.getElementById("chart-" + name);
    if (!place) return;
    const { sets, labels, options } = made[name](data[name]);
    if (options.indexAxis === "y") place.style.blockSize = 64 + 30 * labels.length + "px";
    const canvas = place.querySelector("canvas");
    const chart = new Chart(canvas, {
      type: "bar",
      data: { labels, datasets: sets },
      options: Object.assign({ responsive: true, maintainAspectRatio: false, animation: false, locale: "en", layout: { padding: { left: 20, right: 20 } } }, options),
    });
    charts.push(chart);
    canvas.dataset.drawn = String(chart.getVisibleDatasetCount());
  };

  root.classList.add("js");
  Chart.defaults.font.family = getComputedStyle(document.querySelector(".folio")).fontFamily;
  Chart.defaults.font.size = 13;
  paint();
  Object.keys(made).forEach(draw);

  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", paint);
  // On paper all tables are shown, and colours are light ones.
  let opened = [];
  addEventListener("beforeprint", () => {
    opened = [...document.querySelectorAll("section > details:not([open])")];
    opened.forEach((each) => (each.open = true));
    root.classList.add("paper");
    paint();
  });
  addEventListener("afterprint", () => {
    opened.forEach((each) => (each.open = false));
    root.classList.remove("paper");
    paint();
  });
})();
