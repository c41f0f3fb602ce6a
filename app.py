"""The composition root: the only module that knows every slice. WSGI entry: `app:create_app()`."""

from datetime import timedelta
from urllib.parse import urlsplit

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

import crm.accounts.access
import crm.accounts.commands
import crm.accounts.retention
import crm.accounts.setting_views
import crm.accounts.views
import crm.assets
import crm.chain.views
import crm.companies.counts
import crm.companies.document_views
import crm.companies.recorded
import crm.companies.views
import crm.database
import crm.files.views
import crm.formatters
import crm.gaps.atlas_views
import crm.gaps.commands
import crm.gaps.dossier_views
import crm.gaps.elsewhere
import crm.gaps.map_file_views
import crm.gaps.ranking.views
import crm.gaps.review_views
import crm.gaps.segment_views
import crm.gaps.snapshots
import crm.gaps.tallies
import crm.gaps.views
import crm.gaps.what_if_views
import crm.handovers.views
import crm.history.commands
import crm.history.views
import crm.home.jobs
import crm.home.leader_views
import crm.home.views
import crm.interactions.document_views
import crm.interactions.elsewhere
import crm.interactions.task_views
import crm.interactions.views
import crm.jobs
import crm.landing.dossiers.views
import crm.landing.elsewhere
import crm.landing.events.views
import crm.landing.experts.views
import crm.landing.institutions.views
import crm.landing.locals.views
import crm.landing.parks.views
import crm.landing.plans.views
import crm.landing.policies.views
import crm.landing.redlines.views
import crm.landing.views
import crm.notices.choices
import crm.notices.deliveries
import crm.notices.views
import crm.operations.commands
import crm.pipeline.admission_views
import crm.pipeline.agreement_views
import crm.pipeline.board_views
import crm.pipeline.change_views
import crm.pipeline.claim_views
import crm.pipeline.clock_views
import crm.pipeline.courting_views
import crm.pipeline.demand_views
import crm.pipeline.document_views
import crm.pipeline.elsewhere
import crm.pipeline.gate_views
import crm.pipeline.instruction_views
import crm.pipeline.jobs
import crm.pipeline.landing_views
import crm.pipeline.offers
import crm.pipeline.partner_views
import crm.pipeline.partners
import crm.pipeline.promise_views
import crm.pipeline.recorded
import crm.pipeline.route_editor_views
import crm.pipeline.route_views
import crm.pipeline.rule_views
import crm.pipeline.saved_view_views
import crm.pipeline.schedule_views
import crm.pipeline.secrecy_views
import crm.pipeline.table_views
import crm.pipeline.task_origins
import crm.pipeline.triage_views
import crm.pipeline.views
import crm.pipeline.weekly_views
import crm.reports.commands
import crm.reports.views
import crm.search.views
import crm.trips.elsewhere
import crm.trips.views
import crm.web
import imports.ledger.views
import imports.profile_views
import imports.suggestion_views
import imports.views
import imports.wiring
from crm.config import Settings, require_strong


def create_app(settings: Settings | None = None) -> Flask:
    """Build the application from the environment's settings, or from given ones."""
    settings = settings or Settings.from_env()
    app = Flask(__name__)
    configure(app, settings)
    crm.database.init_app(app, settings)
    crm.web.init_app(app)
    crm.accounts.access.init_app(app)
    crm.assets.init_app(app)
    crm.formatters.init_app(app)
    register_pages(app)
    register_extensions()
    register_commands(app)
    return app


def configure(app: Flask, settings: Settings) -> None:
    """Flask's own settings: cookies, sizes, trusted hosts."""
    if settings.env != "development":
        require_strong(settings.secret_key)
    secure = settings.base_url.startswith("https://")
    if secure:
        # We speak no https ourselves: a proxy on this machine does, and tells who asks and how. Without this all
        # sign-ins would seem to come from one address, and fifty mistakes in the house would lock everybody.
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1)  # type: ignore[method-assign]
    app.config.update(
        SETTINGS=settings,
        SECRET_KEY=settings.secret_key,
        TESTING=settings.env == "testing",
        SESSION_COOKIE_NAME="__Host-crm" if secure else "crm",
        SESSION_COOKIE_SECURE=secure,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        PERMANENT_SESSION_LIFETIME=timedelta(hours=12),
        WTF_CSRF_TIME_LIMIT=None,
        MAX_CONTENT_LENGTH=64 * 1024 * 1024,
        # A list of a million companies; anonymous visitors may not send so much.
        MAX_CONTENT_LENGTH_OF={"imports.upload": 256 * 1024 * 1024},
        MAX_FORM_MEMORY_SIZE=4 * 1024 * 1024,
        MAX_FORM_PARTS=2_000,
        TRUSTED_HOSTS=[urlsplit(settings.base_url).hostname or "", "127.0.0.1", "localhost"],
    )


def register_pages(app: Flask) -> None:
    """Every slice's pages."""
    for module in (
        crm.accounts.views,
        crm.accounts.setting_views,
        crm.history.views,
        crm.notices.views,
        crm.files.views,
        crm.chain.views,
        crm.companies.views,
        crm.interactions.views,
        crm.trips.views,
        crm.pipeline.views,
        crm.pipeline.partner_views,
        crm.pipeline.weekly_views,
        crm.pipeline.claim_views,
        crm.pipeline.clock_views,
        crm.pipeline.courting_views,
        crm.pipeline.secrecy_views,
        crm.gaps.views,
        crm.gaps.dossier_views,
        crm.gaps.segment_views,
        crm.gaps.atlas_views,
        crm.gaps.map_file_views,
        crm.gaps.ranking.views,
        crm.gaps.review_views,
        crm.gaps.what_if_views,
        crm.reports.views,
        crm.search.views,
        crm.handovers.views,
        crm.home.leader_views,
        crm.home.views,
        imports.views,
        imports.ledger.views,
        imports.profile_views,
        imports.suggestion_views,
    ):
        app.register_blueprint(module.blueprint)
    for catalogue in (
        crm.landing.views,
        crm.landing.parks.views,
        crm.landing.policies.views,
        crm.landing.institutions.views,
        crm.landing.experts.views,
        crm.landing.locals.views,
        crm.landing.plans.views,
        crm.landing.events.views,
        crm.landing.dossiers.views,
        crm.landing.redlines.views,
        crm.pipeline.rule_views,
    ):
        for blueprint in catalogue.blueprints:
            app.register_blueprint(blueprint)


def register_extensions() -> None:
    """What higher slices show on the pages of lower ones."""
    crm.notices.choices.register()
    crm.companies.document_views.register()
    crm.landing.elsewhere.register()
    crm.interactions.elsewhere.register()
    crm.interactions.document_views.register()
    crm.trips.elsewhere.register()
    crm.pipeline.elsewhere.register()
    crm.pipeline.task_origins.register()
    crm.pipeline.document_views.register()
    crm.pipeline.offers.register()
    crm.gaps.elsewhere.register()
    crm.pipeline.partners.register()
    crm.companies.recorded.register()
    crm.pipeline.recorded.register()


def register_commands(app: Flask) -> None:
    """Every slice's commands."""
    crm.accounts.commands.init_app(app)
    crm.history.commands.init_app(app)
    crm.gaps.commands.init_app(app)
    crm.reports.commands.init_app(app)
    crm.operations.commands.init_app(app)
    crm.jobs.init_app(app)
    imports.wiring.init_app(app)
