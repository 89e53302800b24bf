/* sheet.js: the start of a page without a map. */
"use strict";
(function () {
  document.documentElement.classList.add("sheet");
  yixian.buildMasthead(document.getElementById("masthead"), yixian.page);
  yixian.buildPanel(document.getElementById("panel"), yixian.page, null);
  document.documentElement.dataset.ready = String(Math.round(performance.now()));
})();
