"""Maps that an installation adds: keeping one, using one or none. Callers commit."""

from sqlalchemy import Select, func, select
from sqlalchemy.orm import joinedload
from werkzeug.datastructures import FileStorage

from crm.accounts.models import User
from crm.database import db
from crm.files import services
from crm.files.models import Upload
from crm.gaps import geojson
from crm.gaps.models import MapFile

#: Two who choose a map at once wait for each other.
CHOOSING = 0x6D6170


def kept() -> Select[MapFile]:
    """All maps, the newest first."""
    return select(MapFile).options(joinedload(MapFile.upload).joinedload(Upload.owner)).order_by(MapFile.id.desc())


def in_use() -> Select[MapFile]:
    """The map that is shown."""
    return select(MapFile).where(MapFile.in_use)


def add(file: FileStorage, approval: str, *, by: User) -> MapFile:
    """Keep a map and use it. Raises RuleError as geojson.regions_of does, OSError where the disk is full."""
    content = file.stream.read(geojson.LARGEST + 1)
    regions = geojson.regions_of(content)
    name = services.safe_name(file.filename or "")
    upload = services.store(content, name, "application/geo+json", services.folder(), by)
    made = MapFile(upload=upload, approval=approval, regions=regions)
    db.session.add(made)
    use(made)
    return made


def use(chosen: MapFile | None) -> MapFile | None:
    """Show this map, or none, from now on; gives the one that was shown before."""
    db.session.execute(select(func.pg_advisory_xact_lock(CHOOSING)))
    former = db.session.scalars(in_use().execution_options(populate_existing=True)).one_or_none()
    if former is not None:
        former.in_use = False
        db.session.flush()  # the database lets one be in use
    if chosen is not None:
        chosen.in_use = True
    db.session.flush()
    return former
