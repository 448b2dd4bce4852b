"""Progress of a fit, reported to scikit-learn's callbacks if there are any."""

from ..core import callback_context


class Task:
    """A task of the fit of a model. A ``with`` statement reports its begin and its end.

    context : sklearn.callback.CallbackContext, or None if there are no callbacks to report to
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
        """The next subtask."""
        if self.context is None:
            return self
        return Task(self.model, self.context.subcontext(task_name=name))

    def divided_part(self, name, names):
        """(the next subtask, list of its own subtasks), which run in any order and process."""
        if self.context is None:
            return self, [self] * len(names)
        context = self.context.subcontext(
            task_name=name, max_subtasks=len(names), sequential_subtasks=False
        )
        subtasks = [
            Task(self.model, context.subcontext(task_name=subtask, task_id=index))
            for index, subtask in enumerate(names)
        ]
        return Task(self.model, context), subtasks


def fit_task(model, n_parts):
    """Task of the whole fit of a model, which has at most `n_parts` subtasks."""
    context = callback_context(model, n_parts)
    return Task() if context is None else Task(model, context)
