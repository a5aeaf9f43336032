"use strict";

// Runs before the page is laid out: what scripts will show or hide is not drawn before they do.
document.documentElement.classList.add("running");
