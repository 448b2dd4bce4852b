"""Progress of a fit, told to scikit-learn's callbacks where there are any."""

from ..core import callback_context


class Task:
    """A part of a fit, in a ``with`` statement: callbacks are told when it begins and when it ends.

    Parameters
    ----------
    model : estimator or None
        The estimator whose fit it is part of.

    context : sklearn.callback.CallbackContext or None
        The place of the task in that fit; None where no callback listens, and nothing happens.
    """

    def __init__(self, model=None, context=None):
        self.model = model
        self.context = context

    def __enter__(self):
        if self.context is not None:
            self.context.call_on_fit_task_begin(estimator=self.model)
        return self

    def __exit__(self, *error):
        if self.context is not None:
            self.context.call_on_fit_task_end(estimator=self.model)

    def part(self, name):
        """The next part of the task."""
        return (
            self
            if self.context is None
            else Task(self.model, self.context.subcontext(task_name=name))
        )

    def divided_part(self, name, names):
        """The next part of the task, and a list of its own parts, which run in any order and in any process."""
        if self.context is None:
            return self, [self] * len(names)
        context = self.context.subcontext(
            task_name=name, max_subtasks=len(names), sequential_subtasks=False
        )
        return Task(self.model, context), [
            Task(self.model, context.subcontext(task_name=part, task_id=index))
            for index, part in enumerate(names)
        ]


def fit_task(model, n_parts):
    """The whole fit of a model, which has so many parts at most."""
    context = callback_context(model, n_parts)
    return Task() if context is None else Task(model, context)
