"""Forms of a first name in several languages and transliterations: Alexander and Oleksandr, Joseph and Yusuf.

They only make a comparison unclear (rulebook, section 1); they never make names match. A line has the
spellings whose letters or sounds have too little in common for `name_sounds`. Names that brothers and sisters
of one home may have (John, Sean and Ian; Anna and Hannah; Elizabeth and Isabella) are not in the same line.
"""

from functools import cache

_SPELLINGS = """
abdulrahman abdurrahman abdelrahman abdurahman abdrahman
abraham ibrahim ebrahim avraham abram brahim ibrohim
adam adem adham
agnes agnieszka ines inez
aaron harun haroon haroun aharon
alexander aleksandr aleksander oleksandr alejandro alessandro alexandre alexandros iskander sikandar alasdair
alexandra aleksandra oleksandra alessandra alejandra
alexei alexey aleksei oleksii oleksiy alexis alexius
amir ameer emir
andrew andrei andrey andriy andrij andreas andres andrzej ondrej anders
anna hana ganna hanne anya
hannah hanna chana channah hana hanne
anthony antonio anton antoine antonin antoni
aisha ayesha aysha aicha aishah ayse aisyah
barbara varvara
basil vasily vasil vasyl vasile wasyl
benjamin binyamin benyamin benjamin bunyamin
catharine katharine catherine katherine kathryn cathryn katheryn
catherine katherine ekaterina kateryna katerina katarzyna caterina catalina yekaterina catarina kathryn
caitlin kaitlyn katelyn kaitlin caitlyn kaitlynn katelynn katelin catelyn kaitlan katlyn caitlynn
charles carlos carlo karl carl karol karel charlie
christopher cristobal krzysztof christoph kristoffer
clara klara
claudia klaudia
constantine konstantin kostiantyn costin
daniel danilo danylo danila daniyal
david davud daud dawud dawood daoud davyd
demetrius dmitri dmitry dmytro dmitriy dimitri dimitrios
diego james jaime jacques santiago iago
edward eduardo edouard eduard edvard
elijah ilya illia ilia elias ilyas eliyahu elia
elizabeth elisabeth yelizaveta elizaveta elzbieta elisabetta alzbeta
isabel ysabel izabela isobel
emmanuel emanuel manuel imanuel
ernest ernesto ernst
eva eve hava chava yeva hawa hawwa havva
eugene yevgeny evgeny evgeni evgenii yevhen eugenio yevgeniy
fatima fatma fatimah fatemeh fatou fatoumata
feodor fyodor fedor fedir theodore teodor teodoro
francis francisco francesco francois franz franciszek frantisek
frederick federico fryderyk friedrich frederic
gabriel jibril jibreel gavril gavriel djibril
gita geetha geeta
haim chaim hayim chayim hayyim
george jorge giorgio georg georges yuri yuriy iurii yurii jerzy jiri georgi georgios heorhii
gregory grigory hryhorii gregorio grzegorz gregor
helen elena olena helena yelena jelena helene eleni ileana
henry enrique enrico heinrich henri henrik hendrik
hussein husayn hossein husain huseyin
ignatius ignacio ignacy
irene irina iryna eirini
isaac yitzhak yitzchak ishaq itzhak isaak ishak
jacob yaakov yakov yaqub yakub jakob jakub iacob yaacov yacoub jacobo
jamal gamal cemal djamal
joanna joana yohana giovanna juana ivana jana
john juan giovanni johann johannes joao ivan yahya yehia yohannes janos yohanan
jonathan yonatan yonathan
joseph jose yusuf yousef youssef yousuf yusef giuseppe josef jozef yosef yosif iosif josip
joshua yehoshua josue jesus isa issa yeshua
judith yehudit
julia yulia iuliia giulia yuliya yulija
julian giuliano yulian
julius julio giulio
karim kareem
kim gim
krystyna christina kristina khrystyna cristina
ksenia xenia oksana xeniya kseniia
lakshmi laxmi lakshmy
laurence lorenzo lawrence lourenco laurent lars
leo lev leon
louis luis luigi ludwig ludovic luiz
luc luke luk
lucas luke luca lukas lukasz luka loukas
lucy lucia luzia
luke loukas luca
magdalena madeleine madalena
margaret margarita margherita malgorzata marguerite margaretha
mark marcos marco markus marcus marek
martin marcin marton
marc marko markus
maria mariya marija mariia
miriam maryam mariam meryem mirjam myriam
matthew mateo matteo matthieu matvei mateusz matthias matias matheus
maurice mauricio maurizio moritz
michael mikhail mykhailo miguel michel mikhael mikael mihail michal mikail mihai mykhaylo
moses musa moshe moises moussa moishe mousa
mohammed muhammad mohamed mehmet mohamad mamadou muhammed mohammad magomed
nadia nadiya nadezhda
natalie natalia nataliya natasha
nicholas nikolai nicolas mykola nikolas mikolaj nikolay niccolo
noah nuh
nora noura nura
olga olha helga
omar umar oumar omer
osama usama oussama
oscar oskar
patrick patricio patryk padraig
paul pablo pavel paolo pavlo pawel pal boulos
peter pedro pietro pyotr petro pierre piotr petr boutros petar
philip felipe filippo filip philippe
priya preeya pria
qasim kassem kasim qassim kassim
rachel raquel rahel rahil raheel
ralph raul raoul
raymond ramon raimundo
rebecca rivka rebeca rivkah rifka rebekka
richard ricardo riccardo ryszard
robert roberto
rose rosa roza ruzha
ruth rut
saeed said sayeed saied
samuel shmuel samuele
sergei sergey serhiy serhii sergio serge sergiy
ciara keira kiera
siobhan shivaun chevonne shevaun shivon
simon shimon simeon semyon
solomon suleiman sulayman salomon shlomo soliman suleyman suleman
sophia sofia zofia sofiya zsofia sophie
stephen esteban stefan stepan etienne stefano istvan szczepan estevan
svetlana svitlana
susan susanna zuzanna susana shoshana
tariq tarek tareq tarik tarick
tatiana tetiana tatyana
teresa tereza therese
thomas tomas tommaso tomasz toma
timothy timofey tymofii timoteo
uriel uri oriel
vera vira
veronica veronika weronika
victor viktor wiktor vittorio
victoria viktoria wiktoria vittoria
vincent vicente vincenzo wincenty
vijay bijoy vijai
vladimir volodymyr wladimir waldemar vladimer volodimir
vladislav vladyslav wladyslaw ladislav
william guillermo wilhelm guillaume guglielmo willem vilhelm
xiao hsiao
yaroslav jaroslaw iaroslav
yasin yaseen jasin yacine
yuna yoona
yusra yosra
aidan aiden ayden aydan aedan
alan allan allen alen allyn
alicia alisha alysha alecia aleesha
allison alison allyson alyson alisson allisyn
amy aimee ami amie
ashley ashleigh ashlee ashlie ashly ashlea
brittany britney brittney britni brittani brittanie
brooklyn brooklynn brooklin brooklynne
cheyenne cheyanne shyanne shyann
chloe khloe cloe kloe
derek derrick derick deric darrick dereck
dillon dylan dillan dilan
evelyn evelynn evalyn evelin
felicia felisha phylicia
graham graeme grahame
hailey haley haylee hayleigh hailee haleigh hayley halie
ian iain
jacqueline jaquelin jacquelyn jaqueline jacklyn jaclyn jackelyn jaclynn jackeline
jasmine jazmin jazmine yasmin yasmine yasmeen jasmin
jayden jaden jaiden jaeden
jocelyn joslyn joselyn jocelin joslin jocelynn
jordan jordyn jordon jorden
kaylee kayleigh kailey kaylie kaleigh kayley kaeli kaylea
kristen kristin kristyn christen christin krysten cristin kristan krystin
lauren lauryn laurin lauran
leah lea lia leia
lee leigh li
madison madisyn madyson maddison maddisyn
maya maia mya mayah
makayla mikayla michaela mckayla mikaela
mckenzie mackenzie makenzie mackenzy
reese reece rhys rees
rylee riley reilly ryleigh rileigh
shea shay shae shaye
shreya sreya shriya
stuart stewart
tristan tristin trystan tristen
yvette evette
yvonne evonne
zachary zakaria zacharias zekeriya zakariya
zeev zev zeyv
zoe zoya zoie
"""


def is_one_name_in_two_languages(left: str, right: str) -> bool:
    """Return whether two name keys (`normalize.name_key`) may be one name in two languages. Symmetric."""
    return not _lines_of().get(left, frozenset()).isdisjoint(_lines_of().get(right, frozenset()))


def is_in_other_languages(key: str) -> bool:
    """Return whether a name key is a first name of which spellings in other languages are known."""
    return key in _lines_of()


@cache
def _lines_of() -> dict[str, frozenset[int]]:
    """Return the numbers of the lines with each spelling."""
    lines: dict[str, frozenset[int]] = {}
    for number, line in enumerate(_SPELLINGS.split("\n")):
        for spelling in line.split():
            lines[spelling] = lines.get(spelling, frozenset()) | {number}
    return lines
