"""`make vectors`: writes the sentence vectors of today's examples to data/vectors.npz.  python -m tools.vectors"""
from assistant import content
from assistant.nlu import encoder, vectors
from assistant.nlu.text import clean


def main() -> None:
    texts = [clean(text) for _, text in content.examples()]
    encoder.encode_all(texts)  # those that are not kept yet
    vectors.ship(texts)
    print(f"{len(texts)} vectors in {vectors.SHIPPED.name}: {vectors.SHIPPED.stat().st_size / 1e6:.0f} MB")


if __name__ == "__main__":
    main()
