#compdef @PROGRAM@
# zsh completion for @PROGRAM@
if [[ ${words[CURRENT]} == -* ]]; then
  compadd -- @FLAGS@
else
  @OTHERWISE@
fi
