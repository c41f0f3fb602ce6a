"""The innovation system: institutions with dated figures, platforms, 产学研 projects."""
