"""Nicknames that the package `nicknames` does not list: recent American ones and those of other languages.

A line has the spellings of a name, then its nicknames. Nicknames that are as often a brother's or a sister's name (Mia
and Maria, Lisa and Elisabeth) are left out.
"""

from collections.abc import Iterator

_LINES = """
thomas: thos
george: geo
charles: chas
abraham avraham ibrahim: abe avi
abhishek: abhi
aditya: adi
adeline adelaide adalyn: addie addy
alberto humberto roberto norberto gilberto: beto
alejandro: alex ale jandro
alejandra: alex ale jandra
alexander aleksandr alexandre aleksander: xander zander xan alec lex sasha sashka sanya
alexandra aleksandra alexandria: sasha allie ally lexi lexie xandra
alessandro: sandro
alexei alexey aleksei aleksey: alyosha lyosha lesha
alexis alexa: lexi lexie lex
alfonso: poncho
allison alison allyson: alli ally ali allie
alyssa: aly
amelia: millie milly mimi
anastasia: nastya stacy
anatoly anatoli: tolya
andre andres: dre
antonio: tono tonio toni tony
antonia antonella: toni
antonino: nino
arjun: arj
barbara: barb basia
boris: borya
camila camilla: cami cammie
caroline carolina carolyn: caro carrie
cassandra: cass cassie
catherine katherine katharine kathryn katheryn cathryn catharine: kate katie katy kat kathy cathy kathie cat kitty kay
charlotte: charlie charley lottie char
christina kristina cristina: cristi kristi kristie christi christie kiki tina
clinton: clint
concepcion: concha conchita
consuelo: chelo
cynthia: cindy
daria: dasha
david: davy dave davey
deborah debra: dee deb debbie
santiago: santi
dmitri dmitry dmitriy dimitri: dima mitya
dolores: lola lolita
domenico: mimmo
dorothea dorothy: thea dottie
eduardo: lalo edu
eduarda: duda
ekaterina katerina yekaterina kateryna: katya kate katie katia
eleanor eleanora elinor: ellie nell nellie nora
elizabeth elisabeth elisabet: ellie liz lizzie lizzy eliza beth betsy betty libby lizbeth lisbeth lisl buffy
emmanuel emanuel manuel: manny manolo manu
enrique: quique kike kiko rique
ernesto: neto
evelyn eveline: evie eve
evgeny evgeni yevgeny evgenia evgeniya yevgenia: zhenya
fernanda: fer nanda
fernando: nando fer
francisco: paco pancho kiko chico frank cisco fco
friedrich frederick: fritz freddie freddy
gabriela gabriella gabrielle: gabby gabi gaby
georgia georgina georgiana: gigi georgie
giovanni: gianni gio vanni
giuseppe: beppe pino peppe
gregory: greg gregg
grigory grigori: grisha
guadalupe: lupe lupita
guillermo: memo
gustavo: gus tavo
heinrich: heinz heiner
ignacio: nacho
irina: ira
isabella isabel isabelle isabela izabella: izzy izzie bella isa belle
ivan: vanya
jacqueline jaclyn: jackie jacqui
jasmine jazmin jazmine yasmin: jazz jas jaz
javier: javi xavi
jerzy: jurek
jesus: chuy chucho
joachim: jochen
johannes johann: hans hannes
jordan: jordy jordie
jose: pepe chepe ze pepito
josef joseph: sepp seppl
juan: juancho juanito
juana: juanita
katarzyna: kasia
katharina: kathi kati
konstantin constantine: kostya
krzysztof: krzys
ksenia xenia: ksyusha
lillian lilian liliana lilly: lily lil lilly lils
lorenzo: enzo renzo
lucia lucy: luchi luci lu
luigi: gigi
mackenzie mckenzie: kenzie
madeline madeleine madelyn madelynn: maddie maddy mads madi
madison: maddie maddy mads madi
magdalena: malena magda
malgorzata: gosia
margaret margarete margareta margarita: greta maggie meg peggy marge marg molly rita gretchen
maria mary: maru masha
michelle: shelly mish
mikhail: misha
mildred: millie milly
mohammed mohamed muhammad mohammad muhammed mohamad: mo moe mohd muhd md
monika monica: moni
natasha: tash tasha nat
nikolai nikolay: kolya
nikolaus nicolaus: klaus
nicole: nikki nicky nic
olga: olya
olivia: liv livvy livvie livi
pavel: pasha
pilar: pili
pyotr petr: petya
rachel rachael: rach rae
rafael raphael: rafa rafe
rajesh rajiv rajeev rajan: raj
ramon: moncho
rebecca rebekah: becca becky bec bex
reginald: rex reggie
robert: robbie robby rob bob bobby bert
rosa: rosi rosita
rosario: charo
roxanne roxana: roxy roxie
sebastian: seb basti bas
sergei sergey: seryozha
siddharth siddhartha siddhant: sid
sofia sophia sophie: soph sofi
stanley stanislaw: stan
stefanie stephanie: steffi steph
susan suzanne susanne susanna suzanna: suzy suzie susie sue
svetlana: sveta lana
tamara: tammy tam
tatiana tatyana: tanya tania
teresa theresa: tere tess tessa terry
thaddeus: tad thad
theodore: theo ted teddy
tobias: tobi toby
tomasz: tomek
tyler tyrone tyson: ty
ulrich: uli
valentina valeria valerie: vale val
vikram: vik vicky
vincenzo: enzo
vladimir: volodya vova vlad
vyacheslav: slava
wilhelmina: minnie willa mina
william: wm bill billy will willie willy liam
wojciech: wojtek
yolanda: yoli
yuri: yura
zachary zachariah zackary: zach zack zac zak
zoe: zoey
"""


def list_nicknames() -> Iterator[tuple[str, str]]:
    """Yield (name, nickname) pairs as keys."""
    for line in _LINES.strip().splitlines():
        names, _, nicknames = line.partition(":")
        for name in names.split():
            yield from ((name, nickname) for nickname in nicknames.split())
