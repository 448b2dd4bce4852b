import re
from pathlib import Path

README = (Path(__file__).parents[2] / "README.md").read_text()


def test_the_two_commands_are_one_line_each():
    install_and_run, test = re.findall(r"```sh\n(.*?)```", README, re.DOTALL)[:2]
    for command in (install_and_run, test):
        assert command.count("\n") == 1
    assert "examples/plot_digits.py" in install_and_run
    assert "pytest" in test
