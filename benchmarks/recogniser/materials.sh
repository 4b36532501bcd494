#!/bin/sh
# Fonts and word lists for the training lines, unpacked from Debian 12's packages into a folder.
# Usage: benchmarks/recogniser/materials.sh DIR    (nothing is installed; needs apt-get and dpkg)
# Licences: each package's usr/share/doc/*/copyright, unpacked beside it.
set -eu

FONTS="
  fonts-3270 fonts-agave fonts-anonymous-pro fonts-b612 fonts-cantarell fonts-courier-prime
  fonts-croscore fonts-crosextra-caladea fonts-crosextra-carlito fonts-dejavu-core
  fonts-dejavu-extra fonts-dosis fonts-ebgaramond fonts-fantasque-sans fonts-firacode
  fonts-freefont-ttf fonts-gnutypewriter fonts-go fonts-hack fonts-inconsolata
  fonts-jetbrains-mono fonts-junction fonts-lato fonts-liberation2 fonts-linuxlibertine
  fonts-lmodern fonts-mononoki fonts-noto-core fonts-noto-mono fonts-ocr-a fonts-ocr-b
  fonts-open-sans fonts-paratype fonts-play fonts-quicksand fonts-roboto-slab
  fonts-roboto-unhinted fonts-sil-charis fonts-sil-gentiumplus fonts-texgyre fonts-tuffy
  fonts-urw-base35 fonts-vollkorn fonts-yanone-kaffeesatz ttf-bitstream-vera
"
WORDS="wamerican wdutch wfrench witalian wngerman wpolish wportuguese wspanish"

mkdir -p "$1/packages" "$1/fonts" "$1/words"
cd "$1/packages"
for package in $FONTS $WORDS; do apt-get download -qq "$package"; done
for package in $FONTS; do dpkg -x "$package"_*.deb ../fonts; done
for package in $WORDS; do dpkg -x "$package"_*.deb ../words; done
