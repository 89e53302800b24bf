/* console.js: the places in the panel that the console's modules fill. A saved file has no modules, and says so. */
"use strict";
(function () {
  const node = yixian.node;

  yixian.sections.slot = function (about) {
    const isServed = document.getElementById("page-blocks") !== null;
    const box = node("section", "slot");
    box.id = about.id;
    box.renew = () => {}; // whatever the page says next, the module goes on
    if (!isServed && about.saved) box.append(node("p", "empty", about.saved));
    if (isServed && about.waiting) box.append(waiting(about.waiting));
    return box;
  };

  function waiting(text) {
    const said = node("p", "empty loading", text);
    said.setAttribute("role", "status");
    return said;
  }
})();
