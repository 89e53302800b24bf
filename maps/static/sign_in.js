/* sign_in.js: the switch of the look. The form needs no script. */
"use strict";
document.getElementById("masthead").append(yixian.lookSwitch());
document.documentElement.dataset.ready = String(Math.round(performance.now()));
