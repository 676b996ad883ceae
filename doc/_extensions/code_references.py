"""What docstrings refer to: code, and literature.

- A single pair of backticks, as in ```StepCell```, links to the public name, if it is one, and is
  code otherwise: most are names of parameters.
- Names of other projects, in docstrings that we inherit, are code too. Their sites cannot be read
  while this one is built.
- "S. Hochreiter" at the beginning of a reference is a name, not the item S of a list.
"""

import re

from docutils import nodes

# Labels of other sites that inherited docstrings refer to.
OTHER_SITES = {"metadata_routing": "https://scikit-learn.org/stable/metadata_routing.html"}


def resolve(app, env, node, contnode):
    """Resolve what Sphinx could not: short names of public objects, labels of other sites."""
    target, kind = node["reftarget"], node["reftype"]
    if kind == "ref" and target in OTHER_SITES:
        return nodes.reference("", "", contnode, internal=False, refuri=OTHER_SITES[target])
    if node.get("refdomain") != "py":
        return None
    full_name = _public_names(env).get(target)
    if full_name:
        docname = env.domains.python_domain.objects[full_name].docname
        uri = app.builder.get_relative_uri(node["refdoc"], docname)
        return nodes.reference("", "", contnode, internal=True, refuri=f"{uri}#{full_name}")
    is_ours = target.startswith("sklstm.")
    return None if is_ours else contnode


def escape_initials(lines):
    """Return the lines, without initials that could begin a list."""
    return [re.sub(r"^(\s*(?:\.\. \[[^\]]+\] )?[A-Z])\.(?= |$)", r"\1\\.", line) for line in lines]


def process_docstring(app, what, name, value, options, lines):
    lines[:] = escape_initials(lines)


def _public_names(env):
    """Short names, "StepCell" or "StepCell.step", with the full ones; not those of two objects."""
    found = {}
    for full_name, entry in env.domains.python_domain.objects.items():
        if entry.objtype in ("class", "function", "method") and not entry.aliased:
            short = full_name.rpartition(".")[2]
            if entry.objtype == "method":
                short = ".".join(full_name.rsplit(".", 2)[-2:])
            found.setdefault(short, set()).add(full_name)
    return {short: names.pop() for short, names in found.items() if len(names) == 1}


def setup(app):
    app.config.default_role = "py:obj"
    app.connect("missing-reference", resolve)
    app.connect("autodoc-process-docstring", process_docstring, priority=900)  # after numpydoc
    return {"parallel_read_safe": True}
