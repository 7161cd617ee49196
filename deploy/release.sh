#!/usr/bin/env bash
# Makes a release from a tag: static programs for Linux (amd64 and arm64), their
# bill of materials (SBOM), the files to deploy them, notes and checksums; and, with buildah, images.
# The same tag, Go and C compiler give the same programs.
#
#   git tag -a v1.0.0 -m v1.0.0      # after giving the section of CHANGELOG.md that name
#   bash deploy/release.sh v1.0.0 dist
#
# BUILDAH and ISOLATION are those of image.sh; BUILDAH=none makes no images.
set -euo pipefail
[ $# = 2 ] || { echo "usage: bash deploy/release.sh TAG DIR" >&2; exit 2; }
tag=$1 version=${1#v}
out=$(realpath -m "$2")
cd "$(dirname "$0")/.."

die() {
  echo "release: $*" >&2
  exit 1
}

[[ $tag =~ ^v[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.-]+)?$ ]] || die "$tag is not a version such as v1.0.0"
[ -z "$(git status --porcelain)" ] || die "there are changes that are not committed"
[ "$(git rev-parse HEAD)" = "$(git rev-parse -q --verify "$tag^{commit}" || true)" ] || die "$tag is not the tag of what is checked out"
# The section of this version: from its heading to the next one.
notes=$(awk -v heading="## $version" '/^## / { on = index($0, heading) == 1 } on' CHANGELOG.md)
[ -n "$notes" ] || die "CHANGELOG.md has no section \"## $version\""
[ ! -e "$out" ] || [ -z "$(ls -A "$out")" ] || die "$out is not empty"
mkdir -p "$out"
export SOURCE_DATE_EPOCH
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)

for arch in amd64 arm64; do
  echo "== $arch"
  bash deploy/build.sh "$out/digiwijzer-$version-linux-$arch" "$arch"
done

# One list for both, provided that both are made of the same.
modules() { go version -m "$1" | awk '$1 == "mod" || $1 == "dep" || $1 == "=>"'; }
[ "$(modules "$out/digiwijzer-$version-linux-amd64")" = "$(modules "$out/digiwijzer-$version-linux-arm64")" ] || die "the programs are made of different modules"
host=$out/digiwijzer-$version-linux-$(go env GOHOSTARCH)
"$host" sbom >"$out/digiwijzer-$version.cdx.json"
"$host" version | head -n 1 | grep -qF "$tag" || die "the program does not know its version: $("$host" version | head -n 1)"

printf '%s\n' "$notes" | tail -n +2 >"$out/notes.md"
git archive --prefix="digiwijzer-$version/" HEAD deploy docs LICENSE README.md CHANGELOG.md SECURITY.md | gzip -n >"$out/digiwijzer-$version-deploy.tar.gz"

read -ra buildah <<<"${BUILDAH:-buildah}"
if [ "${buildah[0]}" != none ] && command -v "${buildah[0]}" >/dev/null; then
  for arch in amd64 arm64; do
    PROGRAM="$out/digiwijzer-$version-linux-$arch" bash deploy/image.sh "digiwijzer:$version-$arch" "$arch"
    "${buildah[@]}" push "digiwijzer:$version-$arch" "oci-archive:$out/digiwijzer-$version-image-$arch.tar:digiwijzer:$version"
  done
else
  echo "release: NO IMAGES WERE MADE: buildah is not installed"
fi

(cd "$out" && sha256sum -- * >SHA256SUMS)
cat "$out/SHA256SUMS"
echo "Made in $out. Sign SHA256SUMS, push the tag, and publish the files with notes.md as the text."
