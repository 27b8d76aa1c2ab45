"""The three layers: our package, numpy, and the libraries that every function needs."""

from aws_cdk import AssetHashType
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.layer_build import LayerPackage, LayerPackages

#: The functions' platform; a layer built for another one fails at import.
RUNTIME = lambda_.Runtime.PYTHON_3_13
ARCHITECTURE = lambda_.Architecture.ARM_64

_WHAT = {
    "guard": "The whole of Finetune Guard's logic",
    "numeric": "numpy, loaded only when there is a curve to judge",
    "runtime": "boto3, Powertools, pydantic and msgspec, pinned",
}


class Layers(Construct):
    """The layers as one list, in the order in which Lambda unpacks them."""

    def __init__(self, scope: Construct, id: str, packages: LayerPackages) -> None:
        super().__init__(scope, id)
        self.all = [self._layer(package) for package in (packages.runtime, packages.numeric, packages.guard)]

    def _layer(self, package: LayerPackage) -> lambda_.LayerVersion:
        return lambda_.LayerVersion(
            self,
            package.name.capitalize(),
            code=lambda_.Code.from_asset(
                str(package.archive), asset_hash=package.key, asset_hash_type=AssetHashType.CUSTOM
            ),
            compatible_runtimes=[RUNTIME],
            compatible_architectures=[ARCHITECTURE],
            description=_WHAT[package.name],
        )
