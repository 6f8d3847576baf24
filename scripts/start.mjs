// `npm start` and `npm start -- FILE`: builds when a source is newer than the build, then runs the hub in this process,
// so that Ctrl-C reaches it directly. Without a file it runs the demo.
await import("./build.mjs");
process.argv.splice(2, 0, "run");
await import("../dist/cli/main.js");
