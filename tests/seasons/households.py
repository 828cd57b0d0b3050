"""The households of a season, whose members are easily mistaken for each other."""

from collections.abc import Callable, Iterable
from datetime import datetime

from mentorsync_pipeline.sandbox.gb_model import Address
from tests.seasons.people import NOBODYS_EMAIL, Population, respell


def populate(kinds: Iterable[str], start: datetime) -> Population:
    """The population of these kinds of households (`HOUSEHOLDS`), in this order."""
    population = Population(start)
    for kind in kinds:
        HOUSEHOLDS[kind](population)
        population.households += 1
    return population


def _student_with_contact(town: Population) -> None:
    student = town.person("Jordan")
    home = Address("12 Oak St", "Athens", "GA", "30601")
    town.contact(student, [student.emails[0]], [student.phones[0]], addresses=[home], tags=["Alumni 2020"])


def _student_with_two_contacts(town: Population) -> None:
    student = town.person("Robin")
    town.contact(student, [student.emails[0]], [student.phones[0]], tags=["Mentors 2025"], total_contributions=10.0)
    town.contact(
        student,
        [student.emails[1], student.uga or ""],
        [student.phones[0]],
        tags=["Newsletter"],
        email_subscribed=False,
    )


def _foreign_phone_first(town: Population) -> None:
    student = town.person("Nadia")
    town.contact(student, [student.emails[0]], ["+442079460123", student.phones[0]])


def _student_without_contact(town: Population) -> None:
    town.person("Priya")


def _brother_and_sister(town: Population) -> None:
    brother, sister = town.person("Daniel", "Dan", mobile=False), town.person("Danielle", mobile=False)
    town.contact(sister, [sister.emails[0]], [sister.phones[0]], total_contributions=250.0)
    town.contact(brother, [brother.emails[0]], [], tags=["Alumni 2020"])


def _twins_one_contact(town: Population) -> None:
    town.person("Eric", mobile=False)
    sister = town.person("Erica", mobile=False)
    town.contact(sister, [sister.emails[0], sister.uga or ""], [sister.phones[0]])


def _sisters(town: Population) -> None:
    student, other = town.person("Marie", mobile=False), town.person("Maria", mobile=False)
    town.contact(student, [student.emails[0]], [student.phones[0]])
    town.contact(other, [other.emails[0]], [other.phones[0]])


def _student_types_parents_keys(town: Population) -> None:
    parent = town.person("Gloria", student=False)
    student = town.person("Kevin", "Kev", types_keys_of=parent)
    town.contact(parent, [parent.emails[0]], [parent.phones[0]], total_contributions=900.0, tags=["Donor"])
    town.contact(student, [student.uga or ""], [])


def _parent_and_student_without_contact(town: Population) -> None:
    parent = town.person("Howard", student=False)
    town.person("Stella", types_keys_of=parent)
    town.contact(parent, [parent.emails[0]], [parent.phones[0]], total_contributions=500.0)


def _father_and_son(town: Population) -> None:
    father = town.person("Samuel", student=False, mobile=False)
    son = town.person("Samuel", "Sam", mobile=False, typed_last=f"{father.last} Jr.")
    town.contact(father, [father.emails[0]], [father.phones[0]], suffix="Sr.", total_contributions=300.0)
    town.contact(son, [son.emails[0]], [son.phones[1]], first_name="Sam", suffix="Jr.")


def _couple(town: Population) -> None:
    ann, bob = town.person("Ann", mobile=False), town.person("Bob", student=False, mobile=False)
    town.contact((ann, bob), [ann.emails[0]], [ann.phones[0]], first_name="Ann & Bob", total_contributions=120.0)


def _nobodys_email(town: Population) -> None:
    for first in ("Victor", "Wanda"):
        person = town.person(first)
        person.emails.insert(0, NOBODYS_EMAIL)
    town.contact(town.people[-1], [person.emails[1]], [person.phones[0]])


def _written_otherwise(town: Population) -> None:
    liz = town.person("Elizabeth", "Liz", "Elizabeth (Liz)", "Dr. Elizabeth")
    town.contact(liz, [liz.emails[0]], [liz.phones[0]], first_name="Liz", total_contributions=20.0)


def _title_on_contact(town: Population) -> None:
    ann = town.person("Annette", "Dr. Annette")
    town.contact(ann, [ann.emails[0]], [ann.phones[0]], first_name="Dr. Annette")


def _other_script(town: Population) -> None:
    vladimir = town.person("Vladimir")
    town.contact(vladimir, [vladimir.emails[0]], [vladimir.phones[0]], first_name="Владимир")


def _two_nicknames(town: Population) -> None:
    ben = town.person("Benjamin", "Ben", "Ben/Benny", "Benny")
    town.contact(ben, [ben.emails[0]], [], first_name="Ben/Benny")


def _mass_email_stub(town: Population) -> None:
    student = town.person("Talia")
    town.contact(student, [student.uga or ""], [], tags=["Newsletter"])
    town.contact(student, [student.emails[0]], [student.phones[0]])


def _last_years_id(town: Population) -> None:
    student = town.person("Omar")
    mother = town.person("Farida", student=False)
    town.contact(mother, [mother.emails[0]], [mother.phones[0]], external_id=f"MN{student.number + 1:04d}")
    town.contact(student, [student.emails[0]], [student.phones[0]])


def _gmail_student(town: Population) -> None:
    student = town.person("Georgia", provider="gmail.com")
    town.contact(student, [respell(student.emails[0], 4)], [student.phones[0]])


def _gmail_student_with_two_contacts(town: Population) -> None:
    student = town.person("Grant", provider="gmail.com")
    town.contact(student, [respell(student.emails[0], 0)], [student.phones[0]], tags=["Mentors 2024"])
    town.contact(student, [respell(student.emails[0], 2), student.emails[1]], [], total_contributions=15.0)


def _gmail_brother_and_sister(town: Population) -> None:
    brother = town.person("Daniel", mobile=False, provider="gmail.com")
    sister = town.person("Danielle", mobile=False, provider="gmail.com")
    town.contact(sister, [respell(sister.emails[0], 1)], [sister.phones[0]], total_contributions=80.0)
    town.contact(brother, [respell(brother.emails[0], 5)], [brother.phones[0]])


def _siblings_who_type_mothers_keys(town: Population) -> None:
    mother = town.person("Helena", student=False)
    town.person("Amy", types_keys_of=mother)
    son = town.person("Jacob", types_keys_of=mother)
    town.contact(mother, [mother.emails[0]], [mother.phones[0]], total_contributions=700.0)
    town.contact(son, [son.uga or "", son.emails[1]], [])


def _sister_with_a_double_last_name(town: Population) -> None:
    mother = town.person("Helena", student=False)
    brother = town.person("Keith", types_keys_of=mother)
    town.person("Karen", types_keys_of=mother, last=f"{brother.last}-Marlowe")
    town.contact(mother, [mother.emails[0]], [mother.phones[0]], total_contributions=700.0)
    town.contact(brother, [brother.uga or "", brother.emails[1]], [])


def _spelled_another_way(town: Population) -> None:
    student = town.person("Mohammed", "Muhammad")
    town.contact(student, [student.emails[0]], [student.phones[0]], first_name="Muhammad")


def _roommates(town: Population) -> None:
    amy, beth = town.person("Amy", last="Stone", mobile=False), town.person("Beth", last="Quill", mobile=False)
    town.contact(amy, [amy.emails[0]], [amy.phones[0]])
    town.contact(beth, [beth.emails[0]], [beth.phones[0]], total_contributions=40.0)


def _names_that_sound_alike(town: Population) -> None:
    brother, sister = town.person("Mitchell", mobile=False), town.person("Michelle", mobile=False)
    town.contact(sister, [sister.emails[0]], [sister.phones[0]], total_contributions=60.0)
    town.contact(brother, [brother.emails[0]], [brother.phones[0]])


def _mother_and_daughter_of_like_names(town: Population) -> None:
    mother = town.person("Mary", student=False, mobile=False)
    daughter = town.person("Marie", mobile=False)
    town.contact(mother, [mother.emails[0]], [mother.phones[0]], total_contributions=400.0, tags=["Donor"])
    town.contact(daughter, [daughter.uga or ""], [])


def _double_last_name(town: Population) -> None:
    student = town.person("Lucia", last="Garcia", typed_last="Garcia-Moreno")
    town.contact(student, [student.emails[0]], [student.phones[0]], tags=["Alumni 2020"])


def _married_name(town: Population) -> None:
    student = town.person("Paige", last="Stone", typed_last="Quill")
    town.contact(student, [student.emails[0]], [student.phones[0]])
    town.contact(student, [student.emails[1]], [], last_name="Quill")


def _whole_name_in_one_box(town: Population) -> None:
    student = town.person("Pamela", "Pam")
    town.contact(student, [student.emails[0]], [student.phones[0]], first_name="", last_name=f"Pamela {student.last}")


def _family_contact(town: Population) -> None:
    mother = town.person("Gwen", student=False, mobile=False)
    child = town.person("Tobias", "Toby", mobile=False)
    town.contact((child, mother), [mother.emails[0]], [child.phones[0]], first_name=f"The {child.last}s", last_name="")
    town.contact(child, [child.emails[0]], [])


def _junk_name_with_external_id(town: Population) -> None:
    student = town.person("Ingrid")
    mn_id = f"MN{student.number + 1:04d}"
    town.contact(student, [student.emails[0]], [], first_name="F.12.3", last_name="L.12.3", external_id=mn_id)
    town.contact(student, [student.emails[1]], [student.phones[0]], total_contributions=30.0)


def _cousins_of_one_name(town: Population) -> None:
    for last in ("Vance", "Ferro"):
        student = town.person("Emily", "Em", last=last, mobile=False)
        town.contact(student, [student.emails[0]], [student.phones[0]])


def _accents(town: Population) -> None:
    student = town.person("José", "Jose", "Pepe", last="Nuñez", typed_last="Nunez")
    town.contact(student, [student.emails[0]], [student.phones[0]], first_name="Jose")


def _three_contacts(town: Population) -> None:
    student = town.person("Catherine", "Cathy")
    town.contact(student, [student.uga or ""], [])
    town.contact(student, [student.emails[0]], [student.phones[0]], tags=["SWAB 2023"])
    town.contact(
        student,
        [student.emails[1], student.uga or ""],
        [student.phones[0]],
        first_name="Cathy",
        total_contributions=5.0,
    )


def _stepfathers_email(town: Population) -> None:
    stepfather = town.person("Walter", student=False, mobile=False)
    student = town.person("Nina", last="Whitlock", mobile=False)
    student.emails.insert(0, stepfather.emails[0])
    town.contact(stepfather, [stepfather.emails[0]], [stepfather.phones[0]], total_contributions=150.0)
    town.contact(student, [student.uga or "", student.emails[1]], [])


def _couple_with_a_slash(town: Population) -> None:
    ann, bob = town.person("Annika", mobile=False), town.person("Bertram", student=False, mobile=False)
    town.contact((ann, bob), [ann.emails[0]], [ann.phones[0]], first_name="Annika/Bertram", total_contributions=90.0)
    town.contact(ann, [ann.uga or ""], [ann.phones[1]])


def _student_with_a_foreign_phone(town: Population) -> None:
    student = town.person("Ingmar")
    town.contact(student, [student.emails[0]], ["+4930901820"], external_id=f"mn{student.number + 1:04d} ")


def _brothers_jack_and_jake(town: Population) -> None:
    father = town.person("Howell", student=False, mobile=False)
    jack, jake = town.person("Jack", mobile=False), town.person("Jake", mobile=False)
    town.contact(father, [father.emails[0]], [father.phones[0]], total_contributions=220.0)
    town.contact(jake, [jake.emails[0], jake.uga or ""], [jake.phones[0]])
    town.contact(jack, [jack.emails[0]], [])


def _mentor_of_last_year(town: Population) -> None:
    student = town.person("Hollis")
    town.was_mentor(
        student, f"MN09{student.number:02d}", town.contact(student, [student.emails[0]], [student.phones[0]])
    )
    town.contact(student, [student.emails[1]], [student.phones[0]], total_contributions=10.0)


def _mentor_of_last_year_with_new_keys(town: Population) -> None:
    student = town.person("Imogen")
    town.was_mentor(
        student, f"MN09{student.number:02d}", town.contact(student, [student.uga or ""], [student.phones[1]])
    )


def _strangers_id_of_last_year(town: Population) -> None:
    student, stranger = town.person("Quincy"), town.person("Petra", last="Lindqvist", student=False)
    held = town.contact(stranger, [stranger.emails[0]], [stranger.phones[0]], tags=["Mentors 2024"])
    town.was_mentor(stranger, f"MN{student.number + 1:04d}", held)
    town.contact(student, [student.emails[0]], [student.phones[0]])


def _sister_was_mentor(town: Population) -> None:
    sister = town.person("Rosalie", student=False, mobile=False)
    brother = town.person("Rupert", types_keys_of=sister)
    held = town.contact(sister, [sister.emails[0]], [sister.phones[0]], tags=["Mentors 2024"])
    town.was_mentor(sister, f"MN09{sister.number:02d}", held)
    town.contact(brother, [brother.uga or ""], [brother.phones[1]])


def _related_names(town: Population) -> None:
    brother, sister = town.person("Justin", mobile=False), town.person("Justina", mobile=False)
    town.contact(sister, [sister.emails[0]], [sister.phones[0]], total_contributions=30.0)
    town.contact(brother, [brother.emails[0]], [])


def _without_umlauts(town: Population) -> None:
    student = town.person("Jürgen", "Juergen", last="Löw")
    town.contact(student, [student.emails[0]], [student.phones[0]], first_name="Juergen", last_name="Löw")


def _other_phone_and_email(town: Population) -> None:
    student = town.person("Zelda")
    town.contact(student, [student.emails[1]], [student.phones[1]])


def _two_emails_in_one_box(town: Population) -> None:
    student = town.person("Wendell")
    town.contact(student, [f"{student.emails[1]} / {student.emails[0]}"], [], tags=["Alumni 2020"])


def _donor_contact_opted_out(town: Population) -> None:
    student = town.person("Yvonne")
    town.contact(student, [student.emails[0]], [student.phones[0]], addresses=[Address("3 Elm St", "Athens", "GA", "")])
    town.contact(
        student,
        [student.emails[0], student.emails[1]],
        [student.phones[0]],
        addresses=[Address("7 Pine St", "Athens", "GA", "30606", address_2="Unit B")],
        total_contributions=60.0,
        email_subscribed=False,
        phone_subscribed=False,
        address_subscribed=False,
    )


def _stub_opted_out(town: Population) -> None:
    student = town.person("Xenia")
    town.contact(student, [student.uga or ""], [], tags=["Newsletter"], email_subscribed=False)


def _parent_who_gave_nothing(town: Population) -> None:
    parent = town.person("Beatrice", student=False)
    student = town.person("Oscar", types_keys_of=parent)
    town.contact(parent, [parent.emails[0]], [parent.phones[0]], tags=["Newsletter"])
    town.contact(student, [student.uga or ""], [])


def _brother_who_gave_nothing(town: Population) -> None:
    brother = town.person("Felix", student=False, mobile=False)
    student = town.person("Gordon", mobile=False)
    town.contact(brother, [brother.emails[0]], [brother.phones[0]])
    town.contact(student, [student.emails[0]], [student.phones[1]])


HOUSEHOLDS: dict[str, Callable[[Population], None]] = {
    "a student with a contact": _student_with_contact,
    "a student with two contacts": _student_with_two_contacts,
    "a student whose contact has a foreign phone first": _foreign_phone_first,
    "a student without a contact": _student_without_contact,
    "brother and sister with one home phone": _brother_and_sister,
    "twins, only one with a contact": _twins_one_contact,
    "sisters with one home phone": _sisters,
    "a student who types the mother's phone and email": _student_types_parents_keys,
    "a student without a contact who types the father's phone and email": _parent_and_student_without_contact,
    "father and son of one name": _father_and_son,
    "a couple with one contact": _couple,
    "two students who typed none@none.com": _nobodys_email,
    "a student known by a nickname": _written_otherwise,
    "a student whose contact has a title": _title_on_contact,
    "a student whose contact is written in another script": _other_script,
    "a student with two nicknames in one box": _two_nicknames,
    "a student with a mass-email stub": _mass_email_stub,
    "a student whose id a stranger's contact holds": _last_years_id,
    "a student at Gmail": _gmail_student,
    "a student with two contacts at Gmail": _gmail_student_with_two_contacts,
    "brother and sister at Gmail with one home phone": _gmail_brother_and_sister,
    "brother and sister who type the mother's phone and email": _siblings_who_type_mothers_keys,
    "brother and sister, who has a double last name": _sister_with_a_double_last_name,
    "a student whose first name is spelled another way": _spelled_another_way,
    "roommates with one phone": _roommates,
    "brother and sister whose names sound alike": _names_that_sound_alike,
    "mother and daughter, Mary and Marie": _mother_and_daughter_of_like_names,
    "a student with a double last name": _double_last_name,
    "a student with a married name": _married_name,
    "a student whose whole name is in the contact's last box": _whole_name_in_one_box,
    "a family with one contact": _family_contact,
    "a student whose contact has a junk name": _junk_name_with_external_id,
    "cousins of one first name": _cousins_of_one_name,
    "a student with accents": _accents,
    "a student with three contacts": _three_contacts,
    "a student who types the stepfather's email": _stepfathers_email,
    "a couple with a slash": _couple_with_a_slash,
    "a student whose contact has a foreign phone and a retyped id": _student_with_a_foreign_phone,
    "brothers Jack and Jake": _brothers_jack_and_jake,
    "a mentor of last year": _mentor_of_last_year,
    "a mentor of last year with a new phone and email": _mentor_of_last_year_with_new_keys,
    "a student whose id a mentor of last year had": _strangers_id_of_last_year,
    "a brother of last year's mentor": _sister_was_mentor,
    "a student whose contact has no umlauts": _without_umlauts,
    "brother and sister of related names": _related_names,
    "a student whose contact has the other phone and email": _other_phone_and_email,
    "a student whose contact has two emails in one box": _two_emails_in_one_box,
    "a student whose donor contact opted out": _donor_contact_opted_out,
    "a student whose mass-email stub opted out": _stub_opted_out,
    "a student who types the keys of a mother without donations": _parent_who_gave_nothing,
    "a student and a brother without donations": _brother_who_gave_nothing,
}
