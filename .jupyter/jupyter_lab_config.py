"""Used by `make lab`: JupyterLab opens on the lessons."""

c = get_config()  # noqa: F821
c.LabApp.default_url = "/lab/tree/notebooks"
