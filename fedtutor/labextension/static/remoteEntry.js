// JupyterLab 4 doesn't show the alternative text that a notebook holds for a figure
// (jupyter/enhancement-proposals, issue 120). This plugin adds it, so that screen readers can read it.
//
// It is written by hand in the form that JupyterLab's builder generates, so nothing has to be built.
// If that form changes, the tests in tests/browser fail. The package.json of this extension also turns
// off the question about news, which would be the first thing that a learner sees.

(() => {
  let scope;

  async function shared(name) {
    const [version] = Object.values(scope[name]);
    return (await version.get())();
  }

  function withAltText(factory) {
    return {
      ...factory,
      createRenderer(options) {
        const renderer = factory.createRenderer(options);
        const render = renderer.renderModel.bind(renderer);
        renderer.renderModel = async model => {
          await render(model);
          const { alt } = model.metadata[options.mimeType] ?? {};
          const image = renderer.node.querySelector("img");
          if (alt && image) image.alt = alt;
        };
        return renderer;
      },
    };
  }

  async function extension() {
    const { IRenderMimeRegistry } = await shared("@jupyterlab/rendermime");
    const plugin = {
      id: "fedtutor:alt-text",
      description: "Adds the alternative text in the notebook to figures.",
      autoStart: true,
      requires: [IRenderMimeRegistry],
      activate: (app, registry) =>
        registry.addFactory(withAltText(registry.getFactory("image/png")), 0),
    };
    return () => ({ __esModule: true, default: plugin });
  }

  window._JUPYTERLAB = window._JUPYTERLAB || {};
  window._JUPYTERLAB.fedtutor = { init: sharedScope => { scope = sharedScope; }, get: extension };
})();
