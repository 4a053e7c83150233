"""Sphinx extension: images that a notebook made keep their descriptions.

A picture of ``mini_vimogen.render`` carries its alt text in the metadata of
the notebook's output, where nbconvert looks for it; myst-nb reads only width
and height there.
"""

from myst_nb.core.render import MimeData, NbElementRenderer


def setup(app):
    """Called by Sphinx: add the description after myst-nb made the image."""
    render_image = NbElementRenderer.render_image

    def render_described_image(self, data: MimeData):
        images = render_image(self, data)
        described = data.output_metadata.get(data.mime_type, {})
        for image in images:
            if described.get("alt"):
                image["alt"] = described["alt"]
        return images

    NbElementRenderer.render_image = render_described_image
    return {"parallel_read_safe": True, "parallel_write_safe": True}
