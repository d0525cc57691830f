"""Code names: animals, each once, and never one that could tell who the customer is."""

import re
from collections.abc import Collection, Iterable, Iterator
from itertools import count
from random import Random
from typing import Final

ANIMALS: Final = tuple(
    """
    AARDVARK ADDAX AGOUTI ALBATROSS ALPACA ANACONDA ANCHOVY ANTEATER ANTELOPE ARMADILLO AVOCET AXOLOTL BABOON BADGER
    BANDICOOT BARBET BARNACLE BARRACUDA BASILISK BEAVER BEETLE BELUGA BISON BITTERN BLACKBIRD BLUEJAY BOBCAT BONGO
    BONOBO BUDGERIGAR BUFFALO BULLFINCH BUMBLEBEE BUNTING BUSTARD BUTTERFLY BUZZARD CAIMAN CAMEL CANARY CAPYBARA
    CARACAL CARIBOU CASSOWARY CATERPILLAR CATFISH CHAFFINCH CHAMELEON CHAMOIS CHEETAH CHICKADEE CHINCHILLA CHIPMUNK
    CICADA CIVET CLAM COATI COCKATOO CONDOR CORMORANT COUGAR COYOTE CRANE CRICKET CROCODILE CUCKOO CURLEW CUTTLEFISH
    DEER DINGO DIPPER DOLPHIN DORMOUSE DOVE DRAGONFLY DUGONG DUIKER DUNLIN EAGLE ECHIDNA EGRET EIDER ELAND ELEPHANT
    ERMINE FALCON FERRET FIREFLY FLAMINGO FLOUNDER FOSSA FROG GANNET GAZELLE GECKO GEMSBOK GENET GERBIL GIBBON GIRAFFE
    GOLDFINCH GOOSE GOPHER GOSHAWK GRASSHOPPER GREBE GREENFINCH GROUSE GUANACO GUINEAFOWL GULL GUPPY HADDOCK HALIBUT
    HAMSTER HARE HARRIER HAWK HEDGEHOG HERON HIPPO HOOPOE HORNBILL HORNET HUMMINGBIRD HYENA HYRAX IBEX IBIS IGUANA
    IMPALA JACANA JACKAL JACKDAW JAGUAR JELLYFISH JERBOA KANGAROO KESTREL KINGFISHER KINKAJOU KITTIWAKE KIWI KOALA
    KOOKABURRA KUDU LADYBIRD LAPWING LEMMING LEMUR LEOPARD LINNET LLAMA LOBSTER LORIKEET LYNX MACAQUE MACAW MAGPIE
    MANATEE MANDRILL MARLIN MARMOSET MARMOT MARTEN MEERKAT MERLIN MINNOW MONGOOSE MOORHEN MOOSE MULLET MUSKOX NARWHAL
    NEWT NIGHTINGALE NUMBAT NUTHATCH OCELOT OCTOPUS OKAPI OPOSSUM ORIBI ORIOLE ORYX OSPREY OSTRICH OTTER OWL OYSTER
    PANGOLIN PANTHER PARAKEET PARTRIDGE PEACOCK PELICAN PENGUIN PERCH PETREL PHEASANT PIKA PIPIT PLATYPUS PLOVER
    POLECAT PORCUPINE PORPOISE POSSUM PTARMIGAN PUFFIN PUMA PYTHON QUAIL QUETZAL QUOKKA RABBIT RACCOON RAVEN REDSTART
    REINDEER RHEA ROBIN SABLE SALAMANDER SALMON SANDPIPER SEAHORSE SEAL SERVAL SHEARWATER SHELDUCK SHRIKE SKINK
    SKYLARK SLOTH SNIPE SPARROW SPOONBILL SQUIRREL STARFISH STARLING STINGRAY STOAT STORK STURGEON SWALLOW SWAN SWIFT
    TAMARIN TAPIR TENREC TERN THRUSH TOUCAN TREEFROG TROUT TURACO TURTLE VICUNA VOLE WAGTAIL WALLABY WALRUS WARBLER
    WATERBUCK WAXWING WEASEL WEAVER WHALE WHIMBREL WIGEON WOLVERINE WOMBAT WOODPECKER WREN YAK ZEBRA
    """.split()
)
_WORD: Final = re.compile(r"[^\W\d_]+")


def words(name: str) -> set[str]:
    """Give the words of a name in small letters, without digits and signs."""
    return set(_WORD.findall(name.casefold()))


def is_near(code: str, customer: str) -> bool:
    """Could a code name tell who the customer is? So it could if they share a word, or read the same without gaps."""
    return bool(words(code) & words(customer)) or _compact(code) == _compact(customer)


def _compact(name: str) -> str:
    return "".join(letter for letter in name.casefold() if letter.isalnum())


def suggestions(taken: Collection[str], customers: Iterable[str], chance: Random) -> Iterator[str]:
    """Give code names that are free and near to no customer, in an order of chance, without end.

    Args:
        taken: code names that projects have.
        customers: real names to keep away from.
        chance: decides the order.

    """
    avoided = set[str]().union(*(words(name) for name in customers))
    names = [animal for animal in ANIMALS if animal.casefold() not in avoided]
    chance.shuffle(names)
    used = set(taken)
    for number in count(1):
        yield from (name for name in (animal if number == 1 else f"{animal}-{number}" for animal in names)
                    if name not in used)  # fmt: skip
