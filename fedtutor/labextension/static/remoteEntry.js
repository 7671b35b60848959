// JupyterLab 4 shows a figure without the alternative text that the notebook holds for it
// (jupyter/enhancement-proposals, issue 120). This plugin hands it on to whoever reads the screen.
//
// It is written by hand, in the form that JupyterLab's builder gives its extensions, so that nothing
// has to be built; tests/browser says when that form changes. Beside it, package.json switches off the
// question about news, which would be the first thing that a learner sees.

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
      description: "Gives figures the alternative text from the notebook.",
      autoStart: true,
      requires: [IRenderMimeRegistry],
      activate: (app, registry) =>
        registry.addFactory(withAltText(registry.getFactory("image/png")), 0),
    };
    return () => ({ __esModule: true, default: plugin });
  }

  window._JUPYTERLAB = window._JUPYTERLAB || {};
  window._JUPYTERLAB.fedtutor = { init: given => { scope = given; }, get: extension };
})();
