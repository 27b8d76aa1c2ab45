"""What the stack tells its deployer and the CLI: names, links, and what is still to be done."""

from collections.abc import Mapping

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from infra.settings import DeployOptions

_CONSOLE = f"https://{cdk.Aws.REGION}.console.aws.amazon.com"

#: The mode of a run that names none (finetune_guard.core.decisions.AutoStop; tests/infra compares them).
AUTO_STOP = "shadow"


class Outputs(Construct):
    """Stack outputs whose names others build on; each is written once, here."""

    def names(self, values: Mapping[str, str]) -> None:
        """Names and ARNs that the CLI reads."""
        for key, value in values.items():
            self._out(key, value)

    def machine(self, name: str, machine: sfn.StateMachine) -> None:
        """A machine's ARN, and where a person starts it."""
        arn = machine.state_machine_arn
        link = f"{_CONSOLE}/states/home?region={cdk.Aws.REGION}#/statemachines/view/{arn}"
        self._out(f"{name}Arn", arn)
        self._out(f"{name}Console", link, f"Start {name} here with a config.json as its input")

    def dashboard(self, dashboard: cloudwatch.Dashboard) -> None:
        """Where a person sees whether all is well."""
        place = f"{_CONSOLE}/cloudwatch/home?region={cdk.Aws.REGION}#dashboards/dashboard"
        self._out("DashboardConsole", f"{place}/{dashboard.dashboard_name}")

    def things_to_know(self, options: DeployOptions) -> None:
        """What a deployer should know before the first run."""
        self._out("AutoStopDefault", AUTO_STOP, "What a run does that says nothing else; on arms it")
        asked = len(options.alert_emails) + len(options.people_of_ops)
        self._out(
            "EmailConfirmationsAsked",
            str(asked),
            "Mails asking to confirm a subscription; until they are confirmed nobody is told anything"
            if asked
            else "NOBODY is told anything: set alertEmails and deploy again",
        )

    def _out(self, key: str, value: str, description: str | None = None) -> None:
        cdk.CfnOutput(self, key, value=value, description=description).override_logical_id(key)
