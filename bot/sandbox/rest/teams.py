"""A team that owns the application, instead of one account."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from bot.sandbox.model.users import User

if TYPE_CHECKING:
    from bot.sandbox.model.users import JSON

# https://docs.discord.com/developers/topics/teams
INVITED: Final = 1
ACCEPTED: Final = 2


@dataclass(frozen=True, slots=True)
class TeamMember:
    """An account in a team; `role` is "admin", "developer" or "read_only"."""

    user: User
    role: str
    accepted: bool


@dataclass(slots=True)
class Team:
    """The first member is its owner."""

    id: str
    members: list[TeamMember] = field(default_factory=list)

    def owner(self) -> User:
        """The account that clients are shown as the application's owner: nobody can write to it."""
        return User(self.id, f"team{self.id}", accepts_dms=False)

    def payload(self) -> JSON:
        """Write the team object."""
        return {
            "id": self.id,
            "name": "Team",
            "icon": None,
            "owner_user_id": self.members[0].user.id,
            "members": [
                {
                    "user": member.user.payload(),
                    "team_id": self.id,
                    "membership_state": ACCEPTED if member.accepted else INVITED,
                    "role": member.role,
                    "permissions": ["*"],
                }
                for member in self.members
            ],
        }
