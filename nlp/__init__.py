"""Text into meaning: language, lemmas, entities, key terms, signatures, narratives and flags."""
