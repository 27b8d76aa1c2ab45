"""The CDK app: reads the deploy options, builds the layers where they are missing, makes one stack.

It calls no AWS API, reads no environment and needs no Docker.
"""

import sys

import aws_cdk as cdk
from cdk_nag import AwsSolutionsChecks

from infra.layer_build import built
from infra.settings import OptionsError, read_options
from infra.stack import GuardStack


def main() -> None:
    """Synthesises the stack; exits with 1 and every wrong option named, or with what cdk-nag found."""
    # cfn-lint judges the template in tests/infra; the CDK's own rules would make a synthesis take four times
    # as long.
    app = cdk.App(builtin_cloud_formation_validation=False)
    try:
        options = read_options(app.node.get_all_context())
    except OptionsError as exc:
        sys.exit(str(exc))
    GuardStack(app, options, built(options.target))
    cdk.Validations.of(app).add_plugins(AwsSolutionsChecks(app))
    app.synth()


if __name__ == "__main__":
    main()
