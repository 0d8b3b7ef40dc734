"""Finding passages: the library, the search graph over it, and the retriever."""
